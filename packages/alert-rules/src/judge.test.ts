import { expect, it } from 'vitest';
import { judge, type Observation } from './judge.ts';
import { parseRule, type Rule, type RuleInput } from './rule.ts';

export function ruleOf(input: Omit<RuleInput, 'name'>): Rule {
  const parsed = parseRule({ name: 'a-rule', ...input });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
const seen = (value: number | null, more: Partial<Observation> = {}): Observation => ({
  labels: {},
  value,
  samples: 1_000,
  history: [],
  short: null,
  ...more,
});
const verdicts = (rule: Rule, values: readonly (number | null)[], more: Partial<Observation> = {}) =>
  values.map((value) => judge(rule, seen(value, more)).verdict);

it('a threshold above, with a lower one that it is well below', () => {
  const rule = ruleOf({ metric: 'ai.error_rate', condition: { type: 'threshold', above: 0.1, clear: 0.05 } });
  expect(verdicts(rule, [0.11, 0.1, 0.06, 0.05, null])).toEqual([
    'bad',
    'between',
    'between',
    'well',
    'unknown',
  ]);
  expect(judge(rule, seen(0.5, { samples: 49 })).verdict).toBe('unknown');
});

it('a threshold below', () => {
  const rule = ruleOf({ metric: 'revenue.mrr', condition: { type: 'threshold', below: 100, clear: 120 } });
  expect(verdicts(rule, [99, 100, 119, 120])).toEqual(['bad', 'between', 'between', 'well']);
});

it('an anomaly by the same window of earlier days, of which one was wild', () => {
  const rule = ruleOf({ metric: 'product.events', condition: { type: 'anomaly' } });
  const history = [1_000, 1_040, 980, 9_000, 1_010, 990, 1_020];
  expect(verdicts(rule, [1_010, 1_250, 2_000, 400, 0], { history })).toEqual([
    'well',
    'well',
    'bad',
    'bad',
    'bad',
  ]);
  expect(judge(rule, seen(2_000, { history })).grounds).toMatchObject({ expected: 1_010, history: 7 });
});

it('small counts vary by chance, and a direction that nobody watches is well', () => {
  const rule = ruleOf({ metric: 'product.events', condition: { type: 'anomaly', direction: 'down' } });
  expect(verdicts(rule, [4, 0, 500], { history: [2, 3, 1, 2] })).toEqual(['well', 'well', 'well']);
  expect(verdicts(rule, [0], { history: [200, 210, 190] })).toEqual(['bad']);
});

it('too little history says nothing', () => {
  const rule = ruleOf({ metric: 'product.events', condition: { type: 'anomaly' } });
  expect(verdicts(rule, [1e6], { history: [1, null, 1, null, null] })).toEqual(['unknown']);
});

it('a burn rate holds in both windows', () => {
  const rule = ruleOf({
    metric: 'ai.error_rate',
    window_minutes: 60,
    condition: { type: 'burn_rate', objective: 0.99, factor: 10 },
  });
  expect(judge(rule, seen(0.2, { short: 0.3 })).verdict).toBe('bad');
  expect(judge(rule, seen(0.2, { short: 0 })).verdict).toBe('well');
  expect(judge(rule, seen(0.2)).verdict).toBe('well');
  expect(judge(rule, seen(0.05, { short: 0.3 })).grounds).toMatchObject({ factor: 10 });
});
