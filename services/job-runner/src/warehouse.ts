import type { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';

const QUERY_TIMEOUT_S = 300;

export interface WarehouseAccount {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}

/** ClickHouse, for questions and statements that may take minutes. 64-bit numbers come as numbers: ask for none beyond 2^53. */
export interface Warehouse {
  rows<T>(query: string, params: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<T[]>;
  /** Runs a statement that answers nothing. */
  command(query: string, params: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
  /** A result as it comes, in the format that the query names. */
  open(query: string, params: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Readable>;
  /** An insert of bytes as they come, in the format that the query names. */
  feed(
    query: string,
    params: Readonly<Record<string, unknown>>,
    bytes: Readable,
    signal: AbortSignal,
  ): Promise<void>;
  /** Rows as lines of JSON, as they come. */
  lines(query: string, params: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Readable>;
  ping(): Promise<string | null>;
  close(): Promise<void>;
}

export function openWarehouse(account: WarehouseAccount): Warehouse {
  const client: ClickHouseClient = createClient({
    ...account,
    request_timeout: (QUERY_TIMEOUT_S + 2) * 1_000, // ClickHouse gives up first, and says so
    keep_alive: { enabled: true },
    log: { level: ClickHouseLogLevel.OFF }, // it would print queries; failures are thrown
    clickhouse_settings: {
      max_execution_time: QUERY_TIMEOUT_S,
      output_format_json_quote_64bit_integers: 0,
      output_format_json_quote_denormals: 0,
    },
  });
  return {
    async rows<T>(query: string, params: Readonly<Record<string, unknown>>, signal: AbortSignal) {
      const answer = await client.query({
        query,
        query_params: { ...params },
        format: 'JSONEachRow',
        abort_signal: signal,
      });
      return answer.json<T>();
    },
    async command(query, params, signal) {
      await client.command({ query, query_params: { ...params }, abort_signal: signal });
    },
    async open(query, params, signal) {
      const { stream } = await client.exec({ query, query_params: { ...params }, abort_signal: signal });
      return stream as Readable;
    },
    async feed(query, params, bytes, signal) {
      const { stream } = await client.exec({
        query,
        query_params: { ...params },
        values: bytes,
        abort_signal: signal,
      });
      (stream as Readable).destroy();
    },
    async lines(query, params, signal) {
      const { stream } = await client.exec({
        query: `${query} FORMAT JSONEachRow`,
        query_params: { ...params },
        abort_signal: signal,
        clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
      });
      return stream as Readable;
    },
    async ping() {
      const { success } = await client.ping();
      return success ? null : 'does not answer';
    },
    close: () => client.close(),
  };
}
