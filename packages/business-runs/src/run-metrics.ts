import { randomInt, randomUUID } from 'node:crypto';
import {
  type Convention,
  captureStatement,
  families,
  type RunMode,
  rangeOfRun,
  statementsFor,
} from '@fineprint/business-metrics';
import { earliestNewMs, lastPositions, type Positions, readPositions } from './positions.ts';
import type { BusinessStore } from './store.ts';

/** What was computed. */
export interface MetricsRun {
  readonly runId: string;
  readonly mode: RunMode | 'chosen';
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows that this run wrote to the tables of figures. */
  readonly rows: number;
  readonly tookMs: number;
}

export interface MetricsRunOptions {
  readonly convention: Convention;
  readonly nowMs: number;
  /** A schedule's, which also computes again what late events have changed; or a range that somebody chose. */
  readonly what: RunMode | { readonly fromMs: number; readonly toMs: number };
  readonly retentionDays: number;
  readonly signal: AbortSignal;
  /** Told before each statement: how many are done, of how many. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** Runs that begin in the same microsecond differ below it. */
const VERSION_STEP = 1_024;

/**
 * Computes business figures and puts them in ClickHouse. Safe to repeat, to stop anywhere and to run twice at a time: of
 * each period the run counts that began last.
 *
 * The order matters. Positions are read before the version is taken, and the version before any event is read: so the run
 * that counts has seen at least what every older run says it has seen.
 */
export async function runBusinessMetrics(
  store: BusinessStore,
  options: MetricsRunOptions,
): Promise<MetricsRun> {
  const startedAtMs = performance.now();
  const { what, convention, signal } = options;
  const isScheduled = typeof what === 'string';
  const positions: Positions = isScheduled ? await readPositions(store, signal) : new Map();
  const version = await takeVersion(store, signal);
  const range = isScheduled ? await scheduledRange(store, what, options) : what;
  await store.command(captureStatement(convention), {}, signal);
  const statements = statementsFor(convention, range, version);
  for (const [i, { sql }] of statements.entries()) {
    options.onProgress?.(i, statements.length);
    await store.command(sql, {}, signal);
  }
  options.onProgress?.(statements.length, statements.length);
  const run = {
    runId: randomUUID(),
    mode: isScheduled ? what : ('chosen' as const),
    ...range,
    rows: await rowsOf(store, version, signal),
  };
  await keepRun(store, run, { version, positions }, signal);
  return { ...run, tookMs: Math.round(performance.now() - startedAtMs) };
}

async function scheduledRange(store: BusinessStore, mode: RunMode, options: MetricsRunOptions) {
  const last = await lastPositions(store, options.signal);
  return rangeOfRun(mode, options.nowMs, {
    earliestNewMs: await earliestNewMs(store, last, options.signal),
    retentionDays: options.retentionDays,
  });
}

/** By ClickHouse's clock, which all runs share. */
async function takeVersion(store: BusinessStore, signal: AbortSignal): Promise<string> {
  const query = 'SELECT toString(toUnixTimestamp64Micro(now64(6))) AS micros';
  const [row] = await store.rows<{ micros: string }>(query, {}, signal);
  if (row === undefined) throw new Error('ClickHouse tells no time');
  return String(BigInt(row.micros) * BigInt(VERSION_STEP) + BigInt(randomInt(VERSION_STEP)));
}

async function rowsOf(store: BusinessStore, version: string, signal: AbortSignal): Promise<number> {
  const counts = families.map(
    ({ table }) => `SELECT count() AS n FROM fineprint.${table} WHERE version = {version:UInt64}`,
  );
  const query = `SELECT sum(n) AS all FROM (${counts.join(' UNION ALL ')})`;
  const [row] = await store.rows<{ all: number }>(query, { version }, signal);
  return Number(row?.all ?? 0);
}

async function keepRun(
  store: BusinessStore,
  run: Omit<MetricsRun, 'tookMs'>,
  of: { readonly version: string; readonly positions: Positions },
  signal: AbortSignal,
): Promise<void> {
  await store.command(
    `INSERT INTO fineprint.business_runs (run_id, mode, version, from_time, to_time, positions, rows, started_at, finished_at)
      SELECT {run:UUID}, {mode:String}, {version:UInt64}, toDateTime({from:Int64}, 'UTC'), toDateTime({to:Int64}, 'UTC'),
        mapFromArrays({places:Array(String)}, {offsets:Array(Int64)}), {rows:UInt64},
        fromUnixTimestamp64Micro(toInt64(intDiv({version:UInt64}, ${VERSION_STEP})), 'UTC'), now64(3)`,
    {
      run: run.runId,
      mode: run.mode,
      version: of.version,
      from: Math.floor(run.fromMs / 1_000),
      to: Math.floor(run.toMs / 1_000),
      places: [...of.positions.keys()],
      offsets: [...of.positions.values()],
      rows: run.rows,
    },
    signal,
  );
}
