import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Problem } from '../problem/problem.ts';
import { judge } from './errors.ts';

/** A question: text that holds no value, and the values. */
export interface Question {
  readonly query: string;
  readonly values: Readonly<Record<string, string | number | readonly (string | number)[]>>;
}

/** ClickHouse, read only. Memory and rows read are bounded by the account's profile, which a reader cannot change. */
export interface Warehouse {
  /** All rows of an answer. Rejects with a Problem. */
  rows<T>(question: Question): Promise<T[]>;
  /** An answer in RowBinary. Rejects with a Problem. */
  binary(question: Question): Promise<Buffer>;
  close(): Promise<void>;
}

export interface WarehouseOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
  readonly timeoutMs: number;
  readonly maxQueries: number;
  readonly onDone: (seconds: number) => void;
}

/** No answer has more; a path's own limits are lower. */
const MAX_RESULT_ROWS = 20_000;
/** ClickHouse gives up first, and says so. */
const ANSWER_GRACE_MS = 2_000;

export function connectWarehouse(options: WarehouseOptions): Warehouse {
  const client: ClickHouseClient = createClient({
    url: options.url,
    username: options.username,
    password: options.password,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    request_timeout: options.timeoutMs + ANSWER_GRACE_MS,
    max_open_connections: options.maxQueries,
    keep_alive: { enabled: true },
    log: { level: ClickHouseLogLevel.OFF }, // it would print queries; failures are reported by their codes
    clickhouse_settings: {
      max_execution_time: options.timeoutMs / 1_000,
      max_result_rows: String(MAX_RESULT_ROWS),
      result_overflow_mode: 'throw',
      cancel_http_readonly_queries_on_client_close: 1,
      output_format_json_quote_64bit_integers: 0,
      output_format_json_quote_denormals: 0,
    },
  });
  let underWay = 0;

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    if (underWay >= options.maxQueries) {
      throw new Problem('overloaded', 'Too many queries are under way.', { retryAfterS: 1 });
    }
    underWay++;
    const startedAtMs = performance.now();
    try {
      return await work();
    } catch (error) {
      throw judge(error);
    } finally {
      underWay--;
      options.onDone((performance.now() - startedAtMs) / 1_000);
    }
  };

  return {
    rows: <T>({ query, values }: Question) =>
      ask(async () => {
        const result = await client.query({ query, query_params: { ...values }, format: 'JSONEachRow' });
        return await result.json<T>();
      }),
    binary: ({ query, values }) =>
      ask(async () => {
        const { stream } = await client.exec({
          query: `${query} FORMAT RowBinary`,
          query_params: { ...values },
        });
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      }),
    close: () => client.close(),
  };
}
