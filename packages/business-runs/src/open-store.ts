import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { BusinessStore } from './store.ts';

const QUERY_TIMEOUT_S = 300;

export interface StoreAccount {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}

/** A connection of its own, for whoever is no service. */
export function openBusinessStore(account: StoreAccount): BusinessStore & { close(): Promise<void> } {
  const client: ClickHouseClient = createClient({
    ...account,
    request_timeout: (QUERY_TIMEOUT_S + 2) * 1_000, // ClickHouse gives up first, and says so
    log: { level: ClickHouseLogLevel.OFF }, // it would print queries; failures are thrown
    clickhouse_settings: {
      max_execution_time: QUERY_TIMEOUT_S,
      output_format_json_quote_64bit_integers: 0,
      output_format_json_quote_denormals: 0,
    },
  });
  return {
    async rows<T>(query: string, values: Readonly<Record<string, unknown>>, signal: AbortSignal) {
      const query_params = { ...values };
      const answer = await client.query({ query, query_params, format: 'JSONEachRow', abort_signal: signal });
      return answer.json<T>();
    },
    async command(query, values, signal) {
      await client.command({ query, query_params: { ...values }, abort_signal: signal });
    },
    close: () => client.close(),
  };
}
