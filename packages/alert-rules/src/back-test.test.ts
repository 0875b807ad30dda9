import { expect, it } from 'vitest';
import { raisedAlert, resolvedAlert } from './alert.ts';
import { backTest } from './back-test.ts';
import { judge } from './judge.ts';
import { lookOf, metricQuestion, observationsOf } from './metric-question.ts';
import { parseRule } from './rule.ts';

const rule = (() => {
  const parsed = parseRule({
    name: 'errors',
    metric: 'ai.error_rate',
    where: { model: 'm' },
    condition: { type: 'threshold', above: 0.1 },
    for_minutes: 1,
  });
  if (!parsed.ok) throw new Error('not a rule');
  return parsed.value;
})();
const MINUTE_MS = 60_000;
const observation = (value: number) => ({
  labels: { model: 'm', version: '1' },
  value,
  samples: 100,
  history: [],
  short: null,
});

it('tells what a rule would have told', async () => {
  const values = [0, 0.2, 0.3, 0.3, 0, 0, 0.5];
  const result = await backTest(
    rule,
    { fromMs: 0, toMs: 6 * MINUTE_MS, maxMoments: 100 },
    async (_, atMs) => [observation(values[atMs / MINUTE_MS] ?? 0)],
  );
  expect(result).toMatchObject({ moments: 7, stepMinutes: 1, series: 1 });
  expect(result.alerts).toMatchObject([
    { raisedAtMs: 2 * MINUTE_MS, resolvedAtMs: 4 * MINUTE_MS, value: 0.3 },
  ]);
  const coarse = await backTest(rule, { fromMs: 0, toMs: 60 * MINUTE_MS, maxMoments: 10 }, async () => []);
  expect(coarse).toMatchObject({ stepMinutes: 6, moments: 11, alerts: [] });
});

it('an alert says what was seen, and its end names its beginning', () => {
  const seen = observation(0.4);
  const firing = {
    rule,
    ruleVersion: 3,
    observation: seen,
    judgement: judge(rule, seen),
    raisedAtMs: 1,
    atMs: 1,
  };
  const raised = raisedAlert(firing);
  expect(raised).toMatchObject({
    kind: 'model_performance',
    dedup_key: 'rule:errors:[["model","m"],["version","1"]]',
    title: 'share of failed requests of model m, version 1: 0.4 share, above 0.1',
    labels: { model: 'm', version: '1', rule: 'errors' },
  });
  expect(JSON.parse(raised.evidence)).toMatchObject({
    value: 0.4,
    samples: 100,
    threshold: 0.1,
    rule_version: 3,
  });
  const resolved = resolvedAlert(raised, 9, 'rule_gone', null);
  expect(resolved).toMatchObject({
    state: 'resolved',
    raised_at: 1,
    occurred_at: 9,
    dedup_key: raised.dedup_key,
  });
  expect(resolved.alert_id).not.toBe(raised.alert_id);
  expect(raisedAlert(firing).alert_id).toBe(raised.alert_id);
});

it('a question holds no value, and rows become series', () => {
  const question = metricQuestion(rule, lookOf(rule, 600_000));
  expect(question.query).not.toContain("'m'");
  expect(question.values).toMatchObject({ where0: ['m'], to: 600_000 });
  const counts = parseRule({
    name: 'c',
    metric: 'product.events',
    where: { event: ['a', 'b'] },
    condition: { type: 'anomaly', periods: 4 },
  });
  if (!counts.ok) throw new Error('not a rule');
  const rows = [
    { labels: ['a'], period: 2, value: 5, samples: 5 },
    { labels: ['a'], period: 0, value: 7, samples: 7 },
  ];
  expect(observationsOf(counts.value, rows, [])).toEqual([
    { labels: { event: 'a' }, value: 7, samples: 7, history: [0, 5, null, null], short: null },
    { labels: { event: 'b' }, value: 0, samples: 0, history: [null, null, null, null], short: null },
  ]);
});
