import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldOf, jsonFieldOf, storableJson, withFields } from './storable-json.ts';

test('NUL and half surrogate pairs become U+FFFD, and nothing else changes', () => {
  const cases: readonly [string, string][] = [
    ['{"a":"x\\u0000y"}', '{"a":"x\\ufffdy"}'],
    ['{"a":"\\\\u0000"}', '{"a":"\\\\u0000"}'], // a backslash, and then the letters
    ['{"a":"\\\\\\u0000"}', '{"a":"\\\\\\ufffd"}'],
    ['{"a":"\\ud83d\\ude00"}', '{"a":"\\ud83d\\ude00"}'],
    ['{"a":"\\ud83d"}', '{"a":"\\ufffd"}'],
    ['{"a":"\\ude00x"}', '{"a":"\\ufffdx"}'],
    ['{"a":"\\u0041\\ude00"}', '{"a":"\\u0041\\ufffd"}'],
    ['{"a":"\\u0000\\ude00"}', '{"a":"\\ufffd\\ufffd"}'],
    ['{"a":"\\ud83d\\ud83d\\ude00"}', '{"a":"\\ufffd\\ud83d\\ude00"}'],
    ['{"\\u0000":1}', '{"\\ufffd":1}'],
    ['{"a":"plain \\u00e9"}', '{"a":"plain \\u00e9"}'],
  ];
  for (const [text, storable] of cases) expect(storableJson(text)).toBe(storable);
});

test('whatever a text is, it is well-formed, without NUL, and the same where it was so before', () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }),
    fc.constantFrom(0, 0xd800, 0xdbff, 0xdc00, 0x5c),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), fc.boolean(), (units, isEscaped) => {
      const value = String.fromCharCode(...units);
      const escaped = units.map((u) => `\\u${u.toString(16).padStart(4, '0')}`).join('');
      const text = isEscaped ? `{"v":"${escaped}"}` : JSON.stringify({ v: value });
      const { v } = JSON.parse(storableJson(text)) as { v: string };
      expect(v).toBe(value.toWellFormed().replaceAll('\u0000', '\ufffd'));
    }),
  );
});

test('fields are added to objects however they are written', () => {
  const fields = [...fieldOf('page_url', 'https://a/"b"'), ...fieldOf('n', 1), ...fieldOf('no', null)];
  for (const object of ['{}', ' { } ', '{"a":[1]}', '\n{"a":[1]}\n']) {
    const { a: _, ...added } = JSON.parse(withFields(object, fields)) as Record<string, unknown>;
    expect(added).toEqual({ page_url: 'https://a/"b"', n: 1 });
  }
  expect(withFields('{"a":1}', [])).toBe('{"a":1}');
  expect(JSON.parse(withFields('{}', [...jsonFieldOf('t', '{"x":1}'), ...jsonFieldOf('u', 'oops')]))).toEqual(
    {
      t: { x: 1 },
      u: 'oops',
    },
  );
});
