import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';

const QUERY_TIMEOUT_S = 60;

export interface WarehouseAddress {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}

/** Reads rows as objects; 64-bit numbers come as numbers, so ask for none beyond 2^53. */
export interface Warehouse {
  rows<T>(query: string, params?: Readonly<Record<string, unknown>>): Promise<T[]>;
  close(): Promise<void>;
}

export function openWarehouse(address: WarehouseAddress): Warehouse {
  const client: ClickHouseClient = createClient({
    ...address,
    request_timeout: (QUERY_TIMEOUT_S + 2) * 1_000, // ClickHouse gives up first, and says so
    keep_alive: { enabled: true },
    log: { level: ClickHouseLogLevel.OFF }, // it would print queries; failures are thrown
    clickhouse_settings: {
      max_execution_time: QUERY_TIMEOUT_S,
      output_format_json_quote_64bit_integers: 0,
    },
  });
  return {
    async rows<T>(query: string, params: Readonly<Record<string, unknown>> = {}) {
      const answer = await client.query({ query, query_params: params, format: 'JSONEachRow' });
      return answer.json<T>();
    },
    close: () => client.close(),
  };
}
