import { expect, it } from 'vitest';
import { parseReceiver } from './receiver.ts';
import { parseRule } from './rule.ts';
import { parseSilence } from './silence.ts';

const base = { name: 'r', metric: 'ai.error_rate', condition: { type: 'threshold', above: 1 } };

it('fills in what the metric has by default', () => {
  expect(parseRule(base)).toMatchObject({
    ok: true,
    value: { severity: 'warning', window_minutes: 5, every_minutes: 1, minimum_samples: 50, enabled: true },
  });
});

it.each<[string, object]>([
  ['name', { name: 'A b' }],
  ['name', { name: `'; DROP TABLE x; --` }],
  ['metric', { metric: 'ai.secrets' }],
  ['metric', { metric: '__proto__' }],
  ['where', { where: { user_id: 'x' } }],
  ['where.model', { where: { model: 'a\nb' } }],
  ['where.model', { where: { model: [] } }],
  ['window_minutes', { window_minutes: 0 }],
  ['window_minutes', { window_minutes: 1e9 }],
  ['window_minutes', { window_minutes: 1.5 }],
  ['minimum_samples', { minimum_samples: '5' }],
  ['condition', { condition: { type: 'threshold' } }],
  ['condition', { condition: { type: 'threshold', above: 1, below: 2 } }],
  ['condition', { condition: { type: 'threshold', above: 1, clear: 2 } }],
  ['condition.above', { condition: { type: 'threshold', above: Number.NaN } }],
  ['condition.above', { condition: { type: 'threshold', above: 1e300 } }],
  ['condition.type', { condition: { type: 'sql', above: 1 } }],
  ['condition', { metric: 'ai.latency_p95_ms', condition: { type: 'burn_rate', objective: 0.9, factor: 2 } }],
  ['condition', { metric: 'pipeline.consumer_lag', condition: { type: 'anomaly' } }],
  [
    'window_minutes',
    { metric: 'product.events', window_minutes: 120, condition: { type: 'anomaly', season: 'hour' } },
  ],
  ['', { unknown: 1 }],
])('refuses %s', (path, change) => {
  const parsed = parseRule({ ...base, ...change });
  if (parsed.ok) throw new Error('it was taken');
  expect(parsed.problems.map((p) => p.path)).toContain(path);
});

it('refuses receivers and silences that make no sense', () => {
  const receiver = (change: object) =>
    parseReceiver({ name: 'r', target: { type: 'webhook', url: 'https://a.example/x' }, ...change }).ok;
  expect(receiver({})).toBe(true);
  expect(receiver({ target: { type: 'webhook', url: 'file:///etc/passwd' } })).toBe(false);
  expect(receiver({ target: { type: 'webhook', url: 'javascript:alert(1)' } })).toBe(false);
  expect(receiver({ target: { type: 'email', to: ['a@b.example\r\nBcc: c@d.example'] } })).toBe(false);
  expect(receiver({ match: [{ name: 'kind', is: ['a'], not: ['b'] }] })).toBe(false);
  const silence = (change: object) =>
    parseSilence({
      matchers: [{ name: 'rule', is: ['x'] }],
      until: '2026-01-02T00:00:00Z',
      comment: 'a deploy',
      ...change,
    }).ok;
  expect(silence({})).toBe(true);
  expect(silence({ matchers: [] })).toBe(false);
  expect(silence({ comment: '' })).toBe(false);
  expect(silence({ from: '2026-01-03T00:00:00Z' })).toBe(false);
  expect(silence({ from: '2020-01-03T00:00:00Z' })).toBe(false);
});
