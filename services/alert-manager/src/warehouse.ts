import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Question } from '@fineprint/alert-rules';

/** ClickHouse, as the reader sees it. */
export interface Warehouse {
  rows<T>(question: Question): Promise<T[]>;
  ping(): Promise<string | null>;
  close(): Promise<void>;
}

export interface WarehouseSettings {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}

const ANSWER_WITHIN_MS = 20_000;
const MAX_ROWS = 50_000;

export function connectWarehouse(settings: WarehouseSettings): Warehouse {
  const client: ClickHouseClient = createClient({
    ...settings,
    request_timeout: ANSWER_WITHIN_MS + 2_000,
    log: { level: ClickHouseLogLevel.OFF }, // failures are told by their codes
    clickhouse_settings: {
      max_execution_time: ANSWER_WITHIN_MS / 1_000,
      max_result_rows: String(MAX_ROWS),
      result_overflow_mode: 'throw',
      output_format_json_quote_64bit_integers: 0,
    },
  });
  return {
    async rows<T>({ query, values }: Question) {
      const result = await client.query({ query, query_params: { ...values }, format: 'JSONEachRow' });
      return result.json<T>();
    },
    ping: async () => ((await client.ping()).success ? null : 'does not answer'),
    close: () => client.close(),
  };
}

/** UNKNOWN_TABLE, UNKNOWN_DATABASE: what a rule looks at is not built here. */
const NOT_THERE: ReadonlySet<string> = new Set(['60', '81']);

/** What a failed question says of its rule: its data is not there, or the question itself failed. Null: ClickHouse is away. */
export function judgeQuestion(
  error: unknown,
): { readonly outcome: 'unavailable' | 'failed'; readonly code: string } | null {
  if (!(error instanceof ClickHouseError)) return null;
  const outcome = NOT_THERE.has(error.code) ? 'unavailable' : 'failed';
  return { outcome, code: `clickhouse_${error.code}` };
}
