import { captureMoneyEvents, clickhouse } from './clickhouse.ts';
import { type Convention, moneyNames } from './convention.ts';
import { families } from './families.ts';
import { type Buckets, bucketsOf, DAY_MS, GRANULARITIES } from './sql/buckets.ts';

/** A statement that fills periods; `version` is a whole number as text. */
export interface Statement {
  readonly table: string;
  readonly sql: string;
}

/** Periods of a statement. More would be one insert too large for a small machine. */
const CHUNK_MS = 31 * DAY_MS;

/**
 * Everything that fills the periods of a range, in order. Rows of a period come in one insert, and by these settings in one
 * block, so a period is replaced as a whole or not at all.
 */
export function statementsFor(
  convention: Convention,
  range: { readonly fromMs: number; readonly toMs: number },
  version: string,
): readonly Statement[] {
  if (!/^\d{1,20}$/.test(version)) throw new Error('a version is a whole number');
  const chunks = GRANULARITIES.flatMap((granularity) => [
    ...chunksOf(bucketsOf(granularity, range.fromMs, range.toMs)),
  ]);
  return chunks.flatMap((buckets) =>
    families.map(({ table, columns, sql }) => ({
      table,
      sql: `INSERT INTO fineprint.${table} (${columns.join(', ')}, version, computed_at)
SELECT *, toUInt64('${version}') AS run_version, now64(3) AS run_time FROM (${sql(clickhouse, convention, buckets)})
SETTINGS max_insert_threads = 1, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0`,
    })),
  );
}

export const captureStatement = (convention: Convention): string =>
  captureMoneyEvents(moneyNames(convention));

function* chunksOf(buckets: Buckets): Generator<Buckets> {
  const perChunk = CHUNK_MS / (buckets.granularity === 'hour' ? DAY_MS / 24 : DAY_MS);
  for (let done = 0; done < buckets.count; done += perChunk) {
    yield {
      ...buckets,
      first: buckets.first + done,
      count: Math.min(perChunk, buckets.count - done),
    };
  }
}

/** How far back figures are computed again, for events that came late: what a scheduled run does at the least and at most. */
const LEAST_DAYS = { hourly: 2, daily: 35 } as const;
const MOST_DAYS = 400;
/** A day's figures look so far back; where events have expired they would be wrong. */
const LOOK_BACK_DAYS = 31;
export type RunMode = keyof typeof LEAST_DAYS;

/**
 * What a scheduled run computes: the last days, and from the day on of the earliest event that came since the run before.
 * What came earlier than that day changes no period before it.
 */
export function rangeOfRun(
  mode: RunMode,
  nowMs: number,
  options: { readonly earliestNewMs: number | null; readonly retentionDays: number },
): { readonly fromMs: number; readonly toMs: number } {
  const days = (n: number) => Math.floor(nowMs / DAY_MS) * DAY_MS - (n - 1) * DAY_MS;
  const wanted = Math.min(days(LEAST_DAYS[mode]), options.earliestNewMs ?? Number.POSITIVE_INFINITY);
  const most = Math.max(1, Math.min(MOST_DAYS, options.retentionDays - LOOK_BACK_DAYS));
  const fromMs = Math.max(days(most), Math.floor(wanted / DAY_MS) * DAY_MS, 0);
  return { fromMs, toMs: nowMs + 1 };
}
