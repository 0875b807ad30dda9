import { describe, expect, it } from 'vitest';
import type { BehaviourEvent } from './event.ts';
import { compileFilter, type FilterOperator, type PropertyFilter } from './filter.ts';

const event: BehaviourEvent = {
  eventId: 'e',
  timeMs: 0,
  subject: 'u',
  name: 'n',
  kind: 'track',
  properties: { plan: 'pro', seats: 3, tags: ['a', 'b'], nested: { deep: { on: true } }, nothing: null },
  context: { page: { path: '/x/checkout' } },
  fields: { conversion_value: 12.5 },
  traits: null,
};

const cases: [string, FilterOperator, PropertyFilter['value'], boolean][] = [
  ['properties.plan', 'eq', 'pro', true],
  ['properties.plan', 'neq', 'pro', false],
  ['properties.missing', 'neq', 'pro', true],
  ['properties.plan', 'in', ['free', 'pro'], true],
  ['properties.plan', 'in', ['free'], false],
  ['properties.missing', 'exists', true, false],
  ['properties.missing', 'exists', false, true],
  ['properties.nothing', 'exists', true, false],
  ['properties.seats', 'gt', 2, true],
  ['properties.seats', 'gt', 3, false],
  ['properties.seats', 'gte', 3, true],
  ['properties.seats', 'lt', 3, false],
  ['properties.seats', 'lte', 3, true],
  ['properties.plan', 'gt', 2, false],
  ['properties.tags', 'contains', 'b', true],
  ['properties.tags', 'contains', 'c', false],
  ['context.page.path', 'contains', 'checkout', true],
  ['properties.nested.deep.on', 'eq', true, true],
  ['properties.plan.length', 'exists', true, false],
  ['properties.constructor.name', 'exists', true, false],
  ['conversion_value', 'gte', 12.5, true],
  ['currency', 'exists', false, true],
];

describe('filters', () => {
  it.each(cases)('%s %s %j is %s', (path, op, value, holds) => {
    expect(compileFilter({ path, op, value })(event)).toBe(holds);
  });
});
