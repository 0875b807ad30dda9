import { clickhouseRows } from './clickhouse-rows.ts';
import type { RowStore } from './row-store.ts';
import { openWarehouse, type Warehouse, type WarehouseAddress } from './warehouse.ts';

/** Where the stores are. */
export interface StoreAddresses {
  readonly clickhouse: WarehouseAddress;
}

/** The stores that an audit reads. */
export interface AuditStores {
  /** Where the ledger is. */
  readonly warehouse: Warehouse;
  /** Whose rows are compared with it, ClickHouse first. */
  readonly stores: readonly [RowStore, ...RowStore[]];
  close(): Promise<void>;
}

export function openStores(addresses: StoreAddresses): AuditStores {
  const warehouse = openWarehouse(addresses.clickhouse);
  return {
    warehouse,
    stores: [clickhouseRows(warehouse)],
    close: () => warehouse.close(),
  };
}
