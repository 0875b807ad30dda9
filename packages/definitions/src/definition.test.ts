import { expect, it } from 'vitest';
import { parseDefinition } from './definition.ts';

const funnel = (event: string) => ({
  name: 'f',
  windowMs: 1_000,
  steps: [{ name: 'a', event }, { event: 'b' }],
});
const codesOf = (input: unknown) => {
  const parsed = parseDefinition('funnel', input);
  return parsed.ok ? parsed.warnings.map((w) => w.code) : parsed.problems.map((p) => p.code);
};

it.each([
  ['U+0000', 'a\0'],
  ['half a surrogate pair', 'a\ud800'],
])('refuses %s, which Postgres cannot keep', (_, event) => {
  expect(codesOf(funnel(event))).toEqual(['value_invalid']);
});

it('takes a backslash and u0000 as the six characters they are', () => {
  expect(codesOf(funnel('a\\u0000'))).toEqual([]);
});

it('warns of events that were never seen', () => {
  const parsed = parseDefinition('funnel', funnel('a'), { knownEvents: new Set(['b']) });
  expect(parsed).toMatchObject({ ok: true, warnings: [{ code: 'event_unknown', path: 'steps[0].event' }] });
});
