import type { SnowflakeSettings } from '@fineprint/snowflake';
import { Pool } from 'pg';
import { clickhouseRows } from './clickhouse-rows.ts';
import { postgresRows } from './postgres-rows.ts';
import { type RemovalMarks, readRemovalMarks } from './removal-marks.ts';
import type { RowStore } from './row-store.ts';
import { snowflakeRows } from './snowflake-rows.ts';
import { openWarehouse, type Warehouse, type WarehouseAddress } from './warehouse.ts';

const CONNECT_WITHIN_MS = 10_000;
/** As long as ClickHouse may take for one. */
const ANSWER_WITHIN_MS = 60_000;

/** Where the stores are. */
export interface StoreAddresses {
  readonly clickhouse: WarehouseAddress;
  readonly databaseUrl: string;
  /** Left out, Snowflake is not looked at: each look may wake a warehouse that is paid for. */
  readonly snowflake?: SnowflakeSettings | undefined;
}

/** The stores that an audit reads. */
export interface AuditStores {
  /** Where the ledger is. */
  readonly warehouse: Warehouse;
  /** Whose rows are compared with it, ClickHouse first. */
  readonly stores: readonly [RowStore, ...RowStore[]];
  /** What was removed of the stores because its time was over. */
  readMarks(): Promise<RemovalMarks>;
  close(): Promise<void>;
}

export function openStores(addresses: StoreAddresses): AuditStores {
  const warehouse = openWarehouse(addresses.clickhouse);
  const pool = new Pool({
    connectionString: addresses.databaseUrl,
    application_name: 'fineprint-audit',
    max: 1, // one question after another
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
  });
  const snowflake = addresses.snowflake === undefined ? [] : [snowflakeRows(addresses.snowflake)];
  pool.on('error', () => undefined); // an idle connection broke; the next question has another one
  return {
    warehouse,
    stores: [clickhouseRows(warehouse), postgresRows(pool), ...snowflake],
    readMarks: () => readRemovalMarks(pool),
    async close() {
      await Promise.all([warehouse.close(), pool.end(), ...snowflake.map((store) => store.close())]);
    },
  };
}
