export { type AuditedStack, auditStack } from './audit/audit-stack.ts';
export { type AuditStores, openStores, type StoreAddresses } from './audit/open-stores.ts';
export { AuditTooLarge } from './audit/read-entries.ts';
export { type AuditOptions, type AuditPorts, type AuditResult, runAudit } from './audit/run-audit.ts';
export type { Warehouse } from './audit/warehouse.ts';
