import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Pool } from 'pg';
import type { Baseline } from './baseline.ts';
import { createBaselineCache } from './baseline-cache.ts';
import { readBaselines } from './baselines.ts';
import { decide } from './drift-store.ts';
import type { EvaluationPorts } from './evaluate.ts';
import { createSketchReader } from './sketch-reader.ts';

const QUERY_TIMEOUT_MS = 20_000;
const POSTGRES_TIMEOUT_MS = 10_000;
/** Longer than a publisher may hold the outbox. */
const STATEMENT_TIMEOUT_MS = 60_000;

/** A small pool: one slot at a time, and its lease beside it. It need not be there at the start. */
export function connectDriftDatabase(databaseUrl: string, onError: (error: Error) => void): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    application_name: 'drift-monitor',
    max: 4,
    connectionTimeoutMillis: POSTGRES_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + POSTGRES_TIMEOUT_MS,
  });
  pool.on('error', onError);
  return pool;
}

export interface ClickHouseAddress {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}

export function connectDriftWarehouse(address: ClickHouseAddress): ClickHouseClient {
  return createClient({
    ...address,
    request_timeout: QUERY_TIMEOUT_MS + 2_000, // ClickHouse gives up first, and says so
    keep_alive: { enabled: true },
    log: { level: ClickHouseLogLevel.OFF }, // it would print queries; failures are thrown
    clickhouse_settings: {
      max_execution_time: QUERY_TIMEOUT_MS / 1_000,
      output_format_json_quote_64bit_integers: 0,
    },
  });
}

/** The evaluation over real stores. */
export function createEvaluation(
  pool: Pool,
  client: ClickHouseClient,
  options: {
    readonly maxSeries: number;
    readonly nowMs: () => number;
    readonly onInvalidBaseline: (baseline: Baseline, problems: readonly string[]) => void;
  },
): EvaluationPorts {
  const reader = createSketchReader(client);
  return {
    reader,
    cache: createBaselineCache(reader, options.maxSeries),
    baselines: () => readBaselines(pool, options.onInvalidBaseline),
    decide: (slotMs, evaluations) => decide(pool, slotMs, evaluations, options.nowMs()),
    maxSeries: options.maxSeries,
  };
}
