import { expect, it } from 'vitest';
import type { AlertFacts, Matchers } from './matchers.ts';
import { groupKey, parseReceiver, wants } from './receiver.ts';
import { silenceOf } from './silence.ts';

const alert: AlertFacts = {
  kind: 'ai_drift',
  source: 'drift-monitor',
  severity: 'warning',
  labels: { model: 'm', measure: 'latency_ms' },
};
function receiver(match: Matchers, more: object = {}) {
  const parsed = parseReceiver({ name: 'r', target: { type: 'email', to: ['a@b.example'] }, match, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

it('takes what every matcher lets through, from a severity on', () => {
  expect(wants(receiver([]), alert)).toBe(true);
  expect(wants(receiver([{ name: 'kind', is: ['ai_drift', 'lag'] }]), alert)).toBe(true);
  expect(wants(receiver([{ name: 'model', not: ['m'] }]), alert)).toBe(false);
  expect(wants(receiver([{ name: 'team', is: [''] }]), alert)).toBe(true);
  expect(wants(receiver([{ name: 'constructor', not: [''] }]), alert)).toBe(false);
  expect(wants(receiver([], { minimum_severity: 'critical' }), alert)).toBe(false);
  expect(wants(receiver([], { enabled: false }), alert)).toBe(false);
});

it('groups by what it names', () => {
  expect(groupKey(receiver([], { group_by: ['kind', 'model', 'none'] }), alert)).toBe('["ai_drift","m",""]');
});

it('of several silences the one that ends last counts, while it lasts', () => {
  const silence = (id: string, fromMs: number, untilMs: number) => ({
    id,
    matchers: [{ name: 'model', is: ['m'] }],
    fromMs,
    untilMs,
  });
  const all = [silence('a', 0, 10), silence('b', 5, 20), silence('c', 30, 40)];
  expect([0, 5, 19, 20, 35].map((ms) => silenceOf(all, alert, ms)?.id ?? null)).toEqual([
    'a',
    'b',
    'b',
    null,
    'c',
  ]);
});
