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

const MAX_TOLD = 3;

/** What views hold and should not, and what they lack; a few rows of each. Empty where all is as it should be. */
export async function differences(
  view: (name: string) => Promise<readonly Row[]>,
  events: readonly PlainEvent[],
  convention: Convention,
  person: (event: PlainEvent) => string,
  buckets: Buckets,
): Promise<object[]> {
  const { granularity } = buckets;
  const given = [events, convention, person, buckets] as const;
  const figuresOf = <T extends { readonly figures: object }>(rows: readonly T[]) =>
    rows.map(({ figures, ...row }) => ({ ...row, ...figures }));
  const all = {
    business_revenue: figuresOf(recomputeRevenue(...given)),
    business_plans: recomputePlans(...given),
    business_growth: figuresOf(recomputeGrowth(...given)),
    business_usage: recomputeUsage(...given),
  };
  const compared = Object.entries(all).map(async ([name, rows]) => {
    const [has, expected] = [found(await view(name), granularity), sorted(rows.map((row) => ({ ...row })))];
    const lacks = expected.filter((row) => !has.includes(row));
    const unexpected = has.filter((row) => !expected.includes(row));
    if (lacks.length + unexpected.length === 0 && has.length === expected.length) return [];
    const counts = { view: name, granularity, rows: has.length, expectedRows: expected.length };
    return [{ ...counts, lacks: lacks.slice(0, MAX_TOLD), unexpected: unexpected.slice(0, MAX_TOLD) }];
  });
  return (await Promise.all(compared)).flat();
}
