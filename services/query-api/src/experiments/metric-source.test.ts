import { describe, expect, it } from 'vitest';
import { readSource, sourceProblem } from './metric-source.ts';

describe('a source', () => {
  it.each([
    ['ai.success', { of: 'ai', field: 'success' }],
    ['ai.latency_ms', { of: 'ai', field: 'latency_ms' }],
    ['event:Signed Up', { of: 'event', name: 'Signed Up', sums: 'events' }],
    ['event:Purchase.value', { of: 'event', name: 'Purchase', sums: 'value' }],
    ['event:a.b.value.value', { of: 'event', name: 'a.b.value', sums: 'value' }],
    ["event:x'); DROP TABLE t --", { of: 'event', name: "x'); DROP TABLE t --", sums: 'events' }],
  ])('%s', (text, expected) => {
    expect(readSource(text)).toEqual(expected);
  });

  it.each([
    '',
    'ai.',
    'ai.user_id',
    'ai.constructor',
    'ai.__proto__',
    'event:',
    'event:.value',
    'event:a\u0000b',
    'x',
  ])('is not %j', (text) => {
    expect(readSource(text)).toBeNull();
  });
});

it.each([
  ['ai.success', 'conversion', 'request', null],
  ['ai.success', 'mean', 'user', null],
  ['ai.latency_ms', 'mean', 'request', null],
  ['ai.latency_ms', 'conversion', 'user', /"mean"/],
  ['event:Signed Up', 'conversion', 'session', null],
  ['event:Signed Up', 'mean', 'user', null],
  ['event:Purchase.value', 'mean', 'user', null],
  ['event:Purchase.value', 'conversion', 'user', /"mean"/],
  ['event:Signed Up', 'conversion', 'request', /not to a request/],
  ['signup', 'conversion', 'user', /must be one of `ai.success`/],
] as const)('%s as %s of a %s', (source, kind, unit, problem) => {
  const found = sourceProblem({ source, kind }, unit);
  if (problem === null) expect(found).toBeNull();
  else expect(found).toMatch(problem);
});
