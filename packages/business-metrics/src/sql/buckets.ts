import type { Dialect } from '../dialect.ts';

export const GRANULARITIES = ['hour', 'day'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const sizeMs = (granularity: Granularity): number => (granularity === 'hour' ? HOUR_MS : DAY_MS);

/** Periods in a row, numbered from 1970 on. All UTC. */
export interface Buckets {
  readonly granularity: Granularity;
  readonly first: number;
  readonly count: number;
}

/** The periods that a range touches. */
export function bucketsOf(granularity: Granularity, fromMs: number, toMs: number): Buckets {
  const size = sizeMs(granularity);
  const first = Math.floor(fromMs / size);
  return { granularity, first, count: Math.max(0, Math.ceil(toMs / size) - first) };
}

export const fromMsOf = ({ granularity, first }: Buckets): number => first * sizeMs(granularity);
export const toMsOf = ({ granularity, first, count }: Buckets): number =>
  (first + count) * sizeMs(granularity);

/** The period of a row; all that came before the first one count as one, whose number is one less. */
export const bucketSql = (dialect: Dialect, buckets: Buckets, ms: string): string =>
  `CASE WHEN ${ms} < ${fromMsOf(buckets)} THEN ${buckets.first - 1} ELSE ${dialect.divide(ms, sizeMs(buckets.granularity))} END`;

/** The columns with which every row of every table begins. */
export const periodSql = (dialect: Dialect, { granularity }: Buckets): string =>
  `'${granularity}' AS granularity, ${dialect.time(`bucket * ${sizeMs(granularity)}`)} AS period_start`;
