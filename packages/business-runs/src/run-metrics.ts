import { randomInt, randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import {
  type Convention,
  captureStatement,
  type RunMode,
  rangeOfRun,
  statementsFor,
} from '@fineprint/business-metrics';
import { earliestNewMs, lastPositions, readPositions } from './positions.ts';

/** What was computed. */
export interface MetricsRun {
  readonly runId: string;
  readonly mode: RunMode | 'chosen';
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows written to the tables of figures. */
  readonly rows: number;
  readonly tookMs: number;
}

export interface MetricsRunOptions {
  readonly convention: Convention;
  readonly nowMs: number;
  /** A schedule's, which also computes again what late events have changed; or a range that somebody chose. */
  readonly what: RunMode | { readonly fromMs: number; readonly toMs: number };
  readonly signal?: AbortSignal;
  /** Told before each statement: how many are done, of how many. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** A version leaves room below it, so that two runs that begin in the same microsecond differ. */
const VERSION_STEP = 1_024;

/**
 * Computes business figures and puts them in ClickHouse. Safe to repeat, to stop anywhere and to run twice at a time: of
 * each period the run counts that began last.
 *
 * The order matters. Positions are read before the version is taken, and the version before any event is read: so the run
 * that counts has seen at least what every older run claims to have seen.
 */
export async function runBusinessMetrics(
  client: ClickHouseClient,
  options: MetricsRunOptions,
): Promise<MetricsRun> {
  const startedAtMs = performance.now();
  const { what, convention } = options;
  const mode = typeof what === 'string' ? what : 'chosen';
  const positions = typeof what === 'string' ? await readPositions(client) : new Map<string, number>();
  const started = await clock(client);
  const version = await takeVersion(client);
  const range =
    typeof what === 'string'
      ? rangeOfRun(what, options.nowMs, await earliestNewMs(client, await lastPositions(client)))
      : what;
  const command = async (query: string) =>
    client.command({
      query,
      ...(options.signal === undefined ? {} : { abort_signal: options.signal }),
    });
  await command(captureStatement(convention));
  const statements = statementsFor(convention, range, version);
  let rows = 0;
  for (const [i, { sql }] of statements.entries()) {
    options.onProgress?.(i, statements.length);
    const { summary } = await command(sql);
    rows += Number(summary?.written_rows ?? 0);
  }
  options.onProgress?.(statements.length, statements.length);
  const runId = randomUUID();
  await client.insert({
    table: 'fineprint.business_runs',
    format: 'JSONEachRow',
    values: [
      {
        run_id: runId,
        mode,
        version,
        from_time: Math.floor(range.fromMs / 1_000),
        to_time: Math.floor(range.toMs / 1_000),
        positions: Object.fromEntries(positions),
        rows,
        started_at: started,
        finished_at: await clock(client),
      },
    ],
  });
  return { runId, mode, ...range, rows, tookMs: Math.round(performance.now() - startedAtMs) };
}

/** By ClickHouse's clock, which all runs share. */
async function takeVersion(client: ClickHouseClient): Promise<string> {
  const micros = BigInt(await clock(client, "toString(toUnixTimestamp64Micro(now64(6, 'UTC')))"));
  return String(micros * BigInt(VERSION_STEP) + BigInt(randomInt(VERSION_STEP)));
}

async function clock(client: ClickHouseClient, now = "toString(now64(3, 'UTC'))"): Promise<string> {
  const result = await client.query({ query: `SELECT ${now} AS now`, format: 'JSONEachRow' });
  const [row] = await result.json<{ now: string }>();
  if (row === undefined) throw new Error('ClickHouse tells no time');
  return row.now;
}
