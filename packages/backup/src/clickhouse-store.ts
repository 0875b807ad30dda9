import type { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';

export interface ClickHouseAccount {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}

/** A table may be large, and is one statement. */
const STATEMENT_TIMEOUT_S = 6 * 3_600;

/** ClickHouse, for statements that read or write whole tables. */
export interface ClickHouseStore {
  rows<T>(query: string): Promise<T[]>;
  command(query: string): Promise<void>;
  /** A result as it comes, in the format that the query names. */
  open(query: string, signal: AbortSignal): Promise<Readable>;
  /** An insert of bytes as they come. */
  feed(query: string, bytes: Readable, settings: ClickHouseSettings, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function openClickHouse(account: ClickHouseAccount): ClickHouseStore {
  const client: ClickHouseClient = createClient({
    ...account,
    request_timeout: (STATEMENT_TIMEOUT_S + 2) * 1_000, // ClickHouse gives up first, and says so
    log: { level: ClickHouseLogLevel.OFF }, // failures are thrown
    clickhouse_settings: { max_execution_time: STATEMENT_TIMEOUT_S },
  });
  return {
    async rows<T>(query: string) {
      return (await client.query({ query, format: 'JSONEachRow' })).json<T>();
    },
    async command(query) {
      await client.command({ query });
    },
    async open(query, signal) {
      return (await client.exec({ query, abort_signal: signal })).stream as Readable;
    },
    async feed(query, bytes, settings, signal) {
      const { stream } = await client.exec({
        query,
        values: bytes,
        clickhouse_settings: settings,
        abort_signal: signal,
      });
      (stream as Readable).destroy();
    },
    close: () => client.close(),
  };
}
