import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';

/** ClickHouse as replays use it. */
export interface Warehouse {
  readonly client: ClickHouseClient;
  select<T>(query: string): Promise<T[]>;
  run(query: string): Promise<void>;
  close(): Promise<void>;
}

/** A month of rows may be rewritten in one statement. */
const TIMEOUT_MS = 30 * 60_000;

export function connectWarehouse(settings: {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}): Warehouse {
  const client = createClient({
    ...settings,
    request_timeout: TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF }, // failures are thrown
  });
  return {
    client,
    select: async <T>(query: string) => (await client.query({ query, format: 'JSONEachRow' })).json<T>(),
    run: async (query) => {
      // Mutations are waited for; nothing that copies rows may be taken for a repeat of an earlier copy.
      await client.command({ query, clickhouse_settings: { mutations_sync: '1', insert_deduplicate: 0 } });
    },
    close: () => client.close(),
  };
}
