import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canTell, sensitiveNames, sensitivityOf } from './columns.ts';
import { createMask, HIDDEN } from './mask.ts';

const mask = createMask('key');
const id = fc.string({ minLength: 1 });

describe('a stand-in', () => {
  it('is the same for the same person, with one key only, and says nothing of the id', () => {
    fc.assert(
      fc.property(id, (user) => {
        const standIn = mask('id', user);
        expect(standIn).toMatch(/^masked_[0-9a-f]{16}$/);
        expect(createMask('key')('id', user)).toBe(standIn);
        expect(createMask('other')('id', user)).not.toBe(standIn);
      }),
    );
  });

  it('is another one for another person', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        fc.pre(one !== other);
        expect(mask('id', one)).not.toBe(mask('id', other));
      }),
    );
  });

  it('of a person is that of the id behind the prefix, so that they can be joined', () => {
    fc.assert(
      fc.property(fc.constantFrom('u:', 'a:'), id, (prefix, user) => {
        expect(mask('person', prefix + user)).toBe(prefix + mask('id', user));
      }),
    );
  });

  it('of nobody is nobody', () => {
    expect([mask('id', ''), mask('person', '')]).toEqual(['', '']);
  });
});

it('nothing is left of words', () => {
  expect([mask('words', 'call me'), mask('json', '{"prompt":"x"}')]).toEqual([HIDDEN, HIDDEN]);
});

it('a name is looked up in what was declared and nowhere else', () => {
  expect(sensitivityOf('ai_requests', 'properties')).toBe('json');
  expect(sensitivityOf('product_events', 'properties')).toBe('open');
  expect(sensitivityOf('x', 'event_name')).toBe('open');
  for (const name of ['toString', '__proto__', 'constructor', 'mystery'])
    expect(sensitivityOf('x', name)).toBe(undefined);
  for (const name of sensitiveNames) expect(sensitivityOf('x', name)).not.toBe('open');
});

it.each([
  ['LowCardinality(Nullable(String))', true],
  ['Map(String, Float64)', true],
  ['UUID', true],
  ["DateTime64(3, 'UTC')", false],
  ['Array(Int32)', false],
])('a column of type %s can tell who somebody is: %s', (type, expected) => {
  expect(canTell(type)).toBe(expected);
});
