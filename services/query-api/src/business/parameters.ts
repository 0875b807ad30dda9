import { z } from 'zod';
import type { Question } from '../clickhouse/warehouse.ts';
import { time, wholeNumber } from '../params/fields.ts';
import { isoOf, resolveRange, type TimeRange } from '../params/time-range.ts';

const DAY_MS = 86_400_000;
const sizeMs = { hour: 3_600_000, day: DAY_MS } as const;
/** Without `from`: so far back. */
const DEFAULT_MS = { hour: 2 * DAY_MS, day: 30 * DAY_MS } as const;

/** Parameters of every path of business figures. */
export const periodFields = {
  granularity: z.enum(['hour', 'day']).default('day').meta({ description: 'Periods of the answer, in UTC.' }),
  from: time(
    'Periods from the one that holds this on; 30 days (hours: 2) before `to` if left out.',
  ).optional(),
  to: time('Periods that begin before this; up to the present if left out.').optional(),
  limit: wholeNumber({ min: 1, max: 10_000, byDefault: 1_000, description: 'Rows of an answer' }),
  offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Rows left out before' }),
};
export type PeriodsGiven = z.output<z.ZodObject<typeof periodFields>>;

/** Whole periods. */
export function periodRange(given: PeriodsGiven, nowMs: number): TimeRange {
  const size = sizeMs[given.granularity];
  const { fromMs, toMs } = resolveRange(given, {
    granularity: given.granularity,
    defaultMs: DEFAULT_MS[given.granularity],
    nowMs,
  });
  return { fromMs: Math.floor(fromMs / size) * size, toMs: Math.ceil(toMs / size) * size };
}

export interface Choice {
  readonly view: string;
  readonly columns: readonly string[];
  readonly order: string;
  /** Column → the value it must have. */
  readonly where: Readonly<Record<string, string>>;
}

/** Rows of a view of business figures, decimals as text. One more than the page has tells of a next page. */
export function periodsQuestion(choice: Choice, given: PeriodsGiven, range: TimeRange): Question {
  const conditions = Object.keys(choice.where).map((column) => `${column} = {where_${column}:String}`);
  return {
    query: `SELECT toUnixTimestamp(period_start) * 1000 AS period_ms, toUnixTimestamp64Milli(computed_at) AS computed_ms,
        ${choice.columns.join(', ')}
      FROM fineprint.${choice.view}
      WHERE ${['granularity = {granularity:String}', 'period_start >= toDateTime({from:Int64})', 'period_start < toDateTime({to:Int64})', ...conditions].join(' AND ')}
      ORDER BY period_start, ${choice.order} LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    values: {
      ...Object.fromEntries(
        Object.entries(choice.where).map(([column, value]) => [`where_${column}`, value]),
      ),
      granularity: given.granularity,
      from: range.fromMs / 1_000,
      to: range.toMs / 1_000,
      limit: given.limit + 1,
      offset: given.offset,
    },
  };
}

/** What each row says of its period. */
export const periodSchema = {
  period_start: z.iso.datetime(),
  complete: z.boolean().meta({ description: 'False while the period was not over when it was computed.' }),
};

export const periodOf = (
  row: { readonly period_ms: number; readonly computed_ms: number },
  granularity: 'hour' | 'day',
) => ({
  period_start: isoOf(row.period_ms),
  complete: row.computed_ms >= row.period_ms + sizeMs[granularity],
});

/** What stands around the rows of every answer. */
export const pageSchema = {
  granularity: z.enum(['hour', 'day']),
  range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  computed_at: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'When the newest of these rows was computed; null without any.' }),
  next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
};

export function pageOf(
  rows: readonly { readonly computed_ms: number }[],
  given: PeriodsGiven,
  range: TimeRange,
) {
  const newest = rows.reduce((max, { computed_ms }) => Math.max(max, computed_ms), 0);
  return {
    granularity: given.granularity,
    range: { from: isoOf(range.fromMs), to: isoOf(range.toMs) },
    computed_at: rows.length === 0 ? null : isoOf(newest),
    next_offset: rows.length > given.limit ? given.offset + given.limit : null,
  };
}
