import { expect, it } from 'vitest';
import type { BehaviourEvent } from '../event.ts';
import { compileFunnel, createFunnelSet } from './compile.ts';
import { parseFunnel } from './definition.ts';

const sound = {
  name: 'checkout',
  windowMs: 3_600_000,
  steps: [
    { event: 'product_view' },
    { event: 'add_to_cart', where: [{ path: 'properties.price', op: 'gte', value: 10 }] },
    { name: 'paid', kind: 'conversion', where: [{ path: 'currency', op: 'in', value: ['EUR', 'USD'] }] },
  ],
};

const codes = (input: unknown): string[] => {
  const parsed = parseFunnel(input);
  return parsed.ok ? [] : parsed.problems.map((problem) => `${problem.path}: ${problem.code}`);
};

it('reads a sound funnel and fills in what was left out', () => {
  const parsed = parseFunnel(sound, { knownEvents: new Set(['product_view']) });
  expect(parsed).toMatchObject({
    ok: true,
    value: { order: 'ordered', steps: [{ name: 'product_view' }, { name: 'add_to_cart' }, { name: 'paid' }] },
    warnings: [{ code: 'event_unknown', path: 'steps[1].event' }],
  });
});

it('reports every problem at once, with codes that stay', () => {
  const bad = {
    name: 'x'.repeat(101),
    windowMs: 0,
    order: 'sideways',
    widow: 1,
    steps: [
      {},
      { event: 'a', where: [{ path: 'secrets.x', op: 'like', value: 1 }] },
      { event: 'a', name: 'second', where: [{ path: 'properties.x', op: 'gt', value: '1' }] },
      { kind: 'dance', where: 'all' },
      null,
    ],
  };
  expect(codes(bad)).toEqual([
    'widow: unknown_field',
    'name: name_invalid',
    'windowMs: window_invalid',
    'order: order_invalid',
    'steps[0]: selector_empty',
    'steps[0].name: name_invalid',
    'steps[1].where[0].path: path_invalid',
    'steps[1].where[0].op: operator_unknown',
    'steps[2].where[0].value: value_invalid',
    'steps[3].kind: kind_unknown',
    'steps[3].where: filters_invalid',
    'steps[3].name: name_invalid',
    'steps[4]: not_an_object',
  ]);
});

it('refuses a step that repeats its neighbour, and in any order one that comes again at all', () => {
  const steps = [
    { event: 'a' },
    { event: 'a', name: 'again' },
    { event: 'b' },
    { event: 'a', name: 'third' },
  ];
  expect(codes({ ...sound, steps })).toEqual(['steps[1]: step_cycle']);
  expect(codes({ ...sound, steps, order: 'any' })).toEqual(['steps[1]: step_cycle', 'steps[3]: step_cycle']);
  expect(codes({ ...sound, steps: [{ event: 'a' }, { event: 'b' }, { event: 'a' }] })).toEqual([
    'steps[2].name: step_name_repeated',
  ]);
});

it.each([
  [null],
  ['f'],
  [[]],
  [{ ...sound, steps: [{ event: 'a' }] }],
  [{ ...sound, windowMs: 365 * 86_400_000 + 1 }],
])('refuses %j', (input) => expect(codes(input)).toHaveLength(1));

it('refuses paths deeper than eight levels', () => {
  const path = `properties${'.a'.repeat(9)}`;
  const steps = [{ event: 'a', where: [{ path, op: 'exists' }] }, { event: 'b' }];
  expect(codes({ ...sound, steps })).toEqual(['steps[0].where[0].path: path_invalid']);
});

const event = (change: Partial<BehaviourEvent>): BehaviourEvent => ({
  eventId: 'e',
  timeMs: 0,
  subject: 'u',
  name: 'product_view',
  kind: 'track',
  properties: {},
  context: {},
  fields: {},
  traits: null,
  ...change,
});

it('matches events by name, kind and filters, and shows events only to the funnels they concern', () => {
  const parsed = parseFunnel(sound);
  const strict = parseFunnel({ ...sound, order: 'strict', steps: [{ event: 'x' }, { event: 'y' }] });
  const named = parseFunnel({ ...sound, steps: [{ event: 'x' }, { event: 'add_to_cart' }] });
  if (!parsed.ok || !strict.ok || !named.ok) throw new Error('sound funnels');
  const funnel = compileFunnel(parsed.value);
  expect(funnel.maskOf(event({}))).toBe(1);
  expect(funnel.maskOf(event({ name: 'add_to_cart', properties: { price: 9 } }))).toBe(0);
  expect(funnel.maskOf(event({ name: 'add_to_cart', properties: { price: 10 } }))).toBe(2);
  expect(funnel.maskOf(event({ name: 'x', kind: 'conversion', fields: { currency: 'EUR' } }))).toBe(4);
  const set = createFunnelSet([funnel, compileFunnel(strict.value), compileFunnel(named.value)]);
  const seen: [number, number][] = [];
  set.forEachMatch(event({ name: 'add_to_cart', properties: { price: 10 } }), (i, mask) =>
    seen.push([i, mask]),
  );
  expect(seen).toEqual([
    [2, 2],
    [0, 2],
    [1, 0],
  ]);
});
