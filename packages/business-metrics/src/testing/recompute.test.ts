import { expect, it } from 'vitest';
import { DEFAULT_CONVENTION } from '../convention.ts';
import { bucketsOf, DAY_MS } from '../sql/buckets.ts';
import type { PlainEvent } from './history.ts';
import { recomputeGrowth, recomputePlans, recomputeRevenue, recomputeUsage } from './recompute.ts';

const START = Date.UTC(2026, 0, 1);
const person = ({ user }: PlainEvent) => `u:${user}`;
let last = 0;
const event = (day: number, user: string, name: string, given: Partial<PlainEvent> = {}): PlainEvent => ({
  id: `id-${String(++last).padStart(4, '0')}`,
  ms: START + day * DAY_MS,
  user,
  anonymous: null,
  kind: 'conversion',
  name,
  value: null,
  currency: 'EUR',
  feature: null,
  properties: {},
  ...given,
});

/** By hand: what each day says. */
const events: readonly PlainEvent[] = [
  event(0, 'ada', 'signup', { kind: 'track' }),
  event(0, 'ada', 'subscription', { value: 10, properties: { plan: 'starter' } }),
  event(0, 'ada', 'payment', { value: 10, properties: { payment_id: 'p1' } }),
  event(1, 'ada', 'payment', { value: 10, properties: { payment_id: 'p1' } }),
  event(1, 'ada', 'subscription_changed', { value: 240, properties: { plan: 'team', interval: 'year' } }),
  event(2, 'ada', 'subscription_changed', { value: 5, properties: { plan: 'starter' } }),
  event(2, 'ada', 'Feature Used', { kind: 'track', properties: { feature: 'export' } }),
  event(3, 'ada', 'subscription_cancelled'),
  event(3, 'bob', 'subscription', { value: null }),
  event(4, 'ada', 'subscription', { value: 7, properties: { plan: 'starter' } }),
  event(4, 'ada', 'refund', { value: 3 }),
];
const days = bucketsOf('day', START, START + 5 * DAY_MS);
const given = [events, DEFAULT_CONVENTION, person, days] as const;

it('tells revenue as counted by hand', () => {
  const rows = recomputeRevenue(...given);
  const euro = rows.filter(({ currency }) => currency === 'EUR').map(({ figures }) => figures);
  const column = (name: string) => euro.map((f) => f[name]);
  expect(column('mrr_end')).toEqual(['10', '20', '5', '0', '7']);
  expect(column('mrr_start')).toEqual(['0', '10', '20', '5', '0']);
  expect(column('new_mrr')).toEqual(['10', '0', '0', '0', '0']);
  expect(column('expansion_mrr')).toEqual(['0', '10', '0', '0', '0']);
  expect(column('contraction_mrr')).toEqual(['0', '0', '15', '0', '0']);
  expect(column('churn_mrr')).toEqual(['0', '0', '0', '5', '0']);
  expect(column('reactivation_mrr')).toEqual(['0', '0', '0', '0', '7']);
  expect(column('payments')).toEqual(['10', '0', '0', '0', '0']);
  expect(column('refunds')).toEqual(['0', '0', '0', '0', '3']);
  expect(rows.filter((r) => r.currency === '').map((r) => r.figures['ignored_events'])).toEqual([
    0, 0, 0, 1, 0,
  ]);
});

it('tells plans, growth and use as counted by hand', () => {
  expect(recomputePlans(...given).map(({ plan, mrr }) => [plan, mrr])).toEqual([
    ['starter', '10'],
    ['team', '20'],
    ['starter', '5'],
    ['starter', '7'],
  ]);
  const growth = recomputeGrowth(...given).map(({ figures: f }) => [
    f['active_users'],
    f['mau'],
    f['signups'],
  ]);
  expect(growth).toEqual([
    [1, 1, 1],
    [1, 1, 0],
    [1, 1, 0],
    [2, 2, 0],
    [1, 2, 0],
  ]);
  const used = recomputeUsage(...given).filter(({ scope }) => scope === 'plan_feature');
  expect(used).toEqual([
    {
      bucket: days.first + 2,
      scope: 'plan_feature',
      plan: 'starter',
      feature: 'export',
      events: 1,
      users: 1,
    },
  ]);
});
