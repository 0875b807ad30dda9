import type { Convention } from '../convention.ts';
import { type Dialect, hasName } from '../dialect.ts';
import { type Buckets, bucketSql, DAY_MS, fromMsOf, periodSql, sizeMs, toMsOf } from './buckets.ts';
import { withPerson } from './persons.ts';

const WEEK = 7;
const MONTH = 30;
const SUMS = [
  'active_users',
  'new_users',
  'signups',
  'activations',
  'activated_signups',
  'entries',
  'lost',
  'weekly',
  'monthly',
] as const;
type Sum = (typeof SUMS)[number];

/** Who was active in which period, with the period before and after in which the same person was; 0 where there is none. */
function staysSql(dialect: Dialect, buckets: Buckets): string {
  const size = sizeMs(buckets.granularity);
  const fromMs = Math.max(0, fromMsOf(buckets) - (buckets.granularity === 'day' ? MONTH * DAY_MS : 0));
  const period = dialect.whole(dialect.divide('ms', size));
  const groups = `
    SELECT user_id, alias, ${period} AS bucket FROM (${dialect.events({ fromMs, toMs: toMsOf(buckets) })}) AS e
    GROUP BY user_id, alias, bucket`;
  const next = (way: string) =>
    `COALESCE(MAX(bucket) OVER (PARTITION BY person ORDER BY bucket ROWS BETWEEN 1 ${way} AND 1 ${way}), 0)`;
  return `
  active AS (SELECT DISTINCT person, bucket FROM (${withPerson(dialect, 'bucket', groups)}) AS resolved),
  stays AS (
    SELECT person, bucket, ${next('PRECEDING')} AS bucket_before, ${next('FOLLOWING')} AS bucket_next FROM active
  )`;
}

/** The first moment of each person's events that have a name, or of all. */
function firstsSql(dialect: Dialect, buckets: Buckets, where?: string): string {
  const events = dialect.events({ fromMs: 0, toMs: toMsOf(buckets) }, where);
  const groups = `SELECT user_id, alias, MIN(ms) AS own_ms FROM (${events}) AS e GROUP BY user_id, alias`;
  return `SELECT person, MIN(own_ms) AS first_ms FROM (${withPerson(dialect, 'own_ms', groups)}) AS own GROUP BY person`;
}

/** When each person signed up, and first did what counts as activation, from then on and within the window. */
function signupsSql(dialect: Dialect, c: Convention, buckets: Buckets): string {
  const windowMs = c.activationWindowDays * DAY_MS;
  const range = {
    fromMs: Math.max(0, fromMsOf(buckets) - windowMs),
    toMs: toMsOf(buckets) + windowMs,
  };
  const acts = `SELECT user_id, alias, ms FROM (${dialect.events(range, hasName(c.activation))}) AS e GROUP BY user_id, alias, ms`;
  return `
  signups AS (${firstsSql(dialect, buckets, hasName(c.signup))}),
  activations AS (
    SELECT s.person AS person, MIN(s.first_ms) AS signup_ms, MIN(a.act_ms) AS act_ms
    FROM signups AS s INNER JOIN (${withPerson(dialect, 'ms AS act_ms', acts)}) AS a ON s.person = a.person
    WHERE a.act_ms >= s.first_ms AND a.act_ms < s.first_ms + ${windowMs}
    GROUP BY s.person
  )`;
}

interface Part {
  readonly from: string;
  readonly bucket: string;
  readonly sums: Partial<Record<Sum, string>>;
}

function partsOf(dialect: Dialect, buckets: Buckets): readonly Part[] {
  const { first } = buckets;
  const clip = (bucket: string) => `CASE WHEN ${bucket} < ${first} THEN ${first - 1} ELSE ${bucket} END`;
  const of = (ms: string) => bucketSql(dialect, buckets, ms);
  const inRange = (ms: string) => `${ms} >= ${fromMsOf(buckets)} AND ${ms} < ${toMsOf(buckets)}`;
  const leaves = (days: number) =>
    clip(
      `CASE WHEN bucket_next > 0 AND bucket_next - bucket < ${days} THEN bucket_next ELSE bucket + ${days} END`,
    );
  const common: Part[] = [
    { from: `stays WHERE bucket >= ${first}`, bucket: 'bucket', sums: { active_users: '1' } },
    { from: `firsts WHERE ${inRange('first_ms')}`, bucket: of('first_ms'), sums: { new_users: '1' } },
    { from: `signups WHERE ${inRange('first_ms')}`, bucket: of('first_ms'), sums: { signups: '1' } },
    { from: `activations WHERE ${inRange('act_ms')}`, bucket: of('act_ms'), sums: { activations: '1' } },
    {
      from: `activations WHERE ${inRange('signup_ms')}`,
      bucket: of('signup_ms'),
      sums: { activated_signups: '1' },
    },
  ];
  if (buckets.granularity === 'hour') return common;
  const isGap = (a: string, b: string) => `${b} - ${a} > ${MONTH}`;
  return [
    ...common,
    { from: 'stays', bucket: clip('bucket'), sums: { weekly: '1', monthly: '1' } },
    { from: 'stays', bucket: leaves(WEEK), sums: { weekly: '0 - 1' } },
    { from: 'stays', bucket: leaves(MONTH), sums: { monthly: '0 - 1' } },
    {
      from: `stays WHERE bucket >= ${first} AND (bucket_before = 0 OR ${isGap('bucket_before', 'bucket')})`,
      bucket: 'bucket',
      sums: { entries: '1' },
    },
    {
      from: `stays WHERE bucket + ${MONTH} >= ${first} AND (bucket_next = 0 OR ${isGap('bucket', 'bucket_next')})`,
      bucket: `bucket + ${MONTH}`,
      sums: { lost: '1' },
    },
  ];
}

/**
 * People by period: active ones, new ones (their first event of all), sign-ups and activations. Of days also those active in
 * the 7 and 30 days that end with it, those who came back after 30 days without, and those whose 30 days ended.
 */
export function growthSql(dialect: Dialect, c: Convention, buckets: Buckets): string {
  const isDay = buckets.granularity === 'day';
  const last = buckets.first + buckets.count;
  const part = ({ from, bucket, sums }: Part) =>
    `SELECT ${dialect.whole(bucket)} AS period, ${SUMS.map((s) => `${dialect.whole(sums[s] ?? '0')} AS ${s}_part`).join(', ')} FROM ${from}`;
  const spine: Part = {
    from: `(${dialect.numbers(buckets.first, buckets.count)}) AS spine`,
    bucket: 'bucket',
    sums: {},
  };
  const upTo = (sum: string) =>
    `SUM(${sum}) OVER (ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
  const ofDays = (sum: string) => (isDay ? sum : 'NULL');
  return `
WITH ${staysSql(dialect, buckets)},
  firsts AS (${firstsSql(dialect, buckets)}),
${signupsSql(dialect, c, buckets)},
  parts AS (${[...partsOf(dialect, buckets), spine].map(part).join('\n    UNION ALL ')}),
  totals AS (
    SELECT period AS bucket, ${SUMS.map((s) => `SUM(${s}_part) AS ${s}`).join(', ')}
    FROM parts WHERE period < ${last} GROUP BY period
  ),
  running AS (
    SELECT bucket, ${SUMS.join(', ')}, ${upTo('weekly')} AS wau, ${upTo('monthly')} AS mau FROM totals
  )
SELECT ${periodSql(dialect, buckets)}, active_users, new_users, signups, activations, activated_signups,
  ${ofDays('wau')} AS wau_out, ${ofDays('mau')} AS mau_out, ${ofDays('entries - new_users')} AS resurrected_users,
  ${ofDays('lost')} AS lost_users
FROM running WHERE bucket >= ${buckets.first}`;
}

export const growthColumns: readonly string[] = [
  'granularity',
  'period_start',
  'active_users',
  'new_users',
  'signups',
  'activations',
  'activated_signups',
  'wau',
  'mau',
  'resurrected_users',
  'lost_users',
];
