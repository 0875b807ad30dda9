import { expect, it } from 'vitest';
import { type DefinitionKind, parseDefinition } from './definition.ts';
import { eventNames } from './event-names.ts';

const visited = { type: 'event_count', event: 'visit', op: 'gte', count: 1 };
const name = 'x';

it.each<[DefinitionKind, object, string[]]>([
  [
    'funnel',
    { name, windowMs: 1_000, steps: [{ event: 'a' }, { kind: 'conversion' }, { event: 'b' }] },
    ['a', 'b'],
  ],
  ['cohort', { name, rule: { type: 'event', event: 'a' } }, ['a']],
  ['cohort', { name, rule: { type: 'acquired', fromMs: 0, toMs: 1 } }, []],
  [
    'segment',
    { name, rule: { type: 'all', rules: [visited, { type: 'not', rules: [{ ...visited, event: 'buy' }] }] } },
    ['buy', 'visit'],
  ],
])('of a %s: %j', (kind, input, expected) => {
  const parsed = parseDefinition(kind, input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect([...eventNames(parsed.value)].sort()).toEqual(expected);
});
