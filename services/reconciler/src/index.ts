export { AuditTooLarge } from './audit/read-entries.ts';
export { type AuditOptions, type AuditPorts, type AuditResult, runAudit } from './audit/run-audit.ts';
export { openWarehouse, type Warehouse, type WarehouseAddress } from './audit/warehouse.ts';
