import type { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { judge } from '../clickhouse/errors.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';

/** Results of any length, as they come. */
export interface ExportSource {
  /** Rejects with a Problem. Whoever opens one says when it is done with. */
  open(
    question: Question,
    format: string,
    signal: AbortSignal,
  ): Promise<{ readonly stream: Readable; done(): void }>;
  close(): Promise<void>;
}

export interface ExportSourceOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
  /** Of one export, from its beginning to its end. */
  readonly timeoutMs: number;
  readonly maxAtOnce: number;
}

const ANSWER_GRACE_MS = 2_000;
const RETRY_AFTER_S = 10;

/** Connections of its own: a client that reads slowly takes none of those that questions need. */
export function connectExports(options: ExportSourceOptions): ExportSource {
  const client: ClickHouseClient = createClient({
    url: options.url,
    username: options.username,
    password: options.password,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    request_timeout: options.timeoutMs + ANSWER_GRACE_MS,
    max_open_connections: options.maxAtOnce,
    log: { level: ClickHouseLogLevel.OFF }, // it would print queries; failures are reported by their codes
    clickhouse_settings: {
      max_execution_time: options.timeoutMs / 1_000,
      max_result_rows: '0',
      cancel_http_readonly_queries_on_client_close: 1,
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_decimals: 1,
      date_time_output_format: 'iso',
    },
  });
  let underWay = 0;
  return {
    async open({ query, values }, format, signal) {
      if (underWay >= options.maxAtOnce) {
        throw new Problem('too_many_exports', `At most ${options.maxAtOnce} exports run at a time.`, {
          retryAfterS: RETRY_AFTER_S,
        });
      }
      underWay++;
      let isOpen = true;
      const done = () => {
        if (isOpen) underWay--;
        isOpen = false;
      };
      try {
        const { stream } = await client.exec({
          query: `${query} FORMAT ${format}`,
          query_params: { ...values },
          abort_signal: signal,
        });
        return { stream: stream as Readable, done };
      } catch (error) {
        done();
        throw judge(error);
      }
    },
    close: () => client.close(),
  };
}
