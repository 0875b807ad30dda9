import { type Buckets, type Convention, HOUR_MS } from '@fineprint/business-metrics';
import {
  type PlainEvent,
  recomputeGrowth,
  recomputePlans,
  recomputeRevenue,
  recomputeUsage,
} from '@fineprint/business-metrics/testing';

type Row = Readonly<Record<string, string | number | null>>;

/** Numbers and decimals as texts without trailing zeros, so that ClickHouse's and ours are alike. */
const plain = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  const text = String(value);
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
};
const sorted = (rows: readonly Record<string, unknown>[]): string[] =>
  rows
    .map((row) =>
      JSON.stringify(
        Object.keys(row)
          .sort()
          .map((name) => [name, plain(row[name])]),
      ),
    )
    .sort();

const bucketOf = (row: Row, granularity: string): number =>
  Date.parse(`${String(row['period_start']).replace(' ', 'T')}Z`) /
  (granularity === 'hour' ? HOUR_MS : HOUR_MS * 24);

/** A view's rows as texts, without what they carry beside the figures. */
function found(rows: readonly Row[], granularity: string): string[] {
  const beside = new Set([
    'granularity',
    'period_start',
    'computed_at',
    'arr',
    'revenue',
    'feature_uses',
    'duration_ms',
  ]);
  return sorted(
    rows.map((row) => ({
      ...Object.fromEntries(Object.entries(row).filter(([name]) => !beside.has(name))),
      bucket: bucketOf(row, granularity),
    })),
  );
}

/** What each view should hold and does. */
export async function compareAll(
  view: (name: string) => Promise<readonly Row[]>,
  events: readonly PlainEvent[],
  convention: Convention,
  person: (event: PlainEvent) => string,
  buckets: Buckets,
): Promise<{ readonly view: string; readonly found: string[]; readonly expected: string[] }[]> {
  const { granularity } = buckets;
  const given = [events, convention, person, buckets] as const;
  const expected = {
    business_revenue: recomputeRevenue(...given).map(({ figures, ...row }) => ({ ...row, ...figures })),
    business_plans: recomputePlans(...given),
    business_growth: recomputeGrowth(...given).map(({ figures, ...row }) => ({ ...row, ...figures })),
    business_usage: recomputeUsage(...given),
  };
  return Promise.all(
    Object.entries(expected).map(async ([name, rows]) => ({
      view: `${name} by ${granularity}`,
      found: found(await view(name), granularity),
      expected: sorted(rows.map((row) => ({ ...row }))),
    })),
  );
}
