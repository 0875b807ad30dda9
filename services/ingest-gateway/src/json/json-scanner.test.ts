import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanner, type ScanProblem } from './json-scanner.ts';
import { MalformedJson } from './malformed-json.ts';

const limits = { maxDepth: 100, maxKeys: 1_000 };

/** Scans a whole text: its problem, or the position where it stops being JSON. */
function scan(text: string): ScanProblem | null | { malformedAt: number } {
  const scanner = new JsonScanner(text, limits);
  try {
    scanner.value(1);
    scanner.peek();
    if (scanner.position < text.length) throw new MalformedJson(scanner.position);
    return scanner.problem;
  } catch (error) {
    if (error instanceof MalformedJson) return { malformedAt: error.position };
    throw error;
  }
}

const isMalformed = (text: string) => typeof scan(text) === 'object' && scan(text) !== null;
const parses = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('JsonScanner agrees with JSON.parse', () => {
  it('on JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(4), (value, indent) => {
        expect(isMalformed(JSON.stringify(value, null, indent))).toBe(false);
      }),
    );
  });

  it('on JSON with a character cut, changed or added', () => {
    const damage = fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      '.',
      'e',
      ' ',
      '\n',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.nat(1), damage, (value, at, cut, insert) => {
        const text = JSON.stringify(value);
        const where = at % (text.length + 1);
        const damaged = text.slice(0, where) + insert + text.slice(where + cut);
        expect(isMalformed(damaged)).toBe(!parses(damaged));
      }),
      { numRuns: 3_000 },
    );
  });

  it('on token soup', () => {
    const tokens = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00',
      '1',
      '-0',
      '01',
      '1.',
      '.5',
      '1e5',
      '1E+',
      'true',
      'nul',
      'NaN',
      'Infinity',
      '\\',
      ' ',
      '\t',
      '\f',
      '\u00a0',
      "'a'",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        expect(isMalformed(text)).toBe(!parses(text));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('JsonScanner refuses', () => {
  it.each<[ScanProblem | null, string]>([
    ['duplicate_key', '{"a":1,"a":2}'],
    ['duplicate_key', '{"a":1,"\\u0061":2}'],
    ['duplicate_key', '{"x":[{"a":{},"b":1,"a":2}]}'],
    [null, '{"a":{"a":1},"b":{"a":1},"c":[{"a":1},{"a":2}]}'],
    ['forbidden_key', '{"__proto__":{}}'],
    ['forbidden_key', '{"\\u005f_proto__":{}}'],
    ['forbidden_key', '{"a.__proto__.b":1}'],
    ['forbidden_key', '{"constructor":{"prototype":{}}}'],
    ['forbidden_key', '{"x":{"constructor":{"a":1,"prototype":{}}}}'],
    ['forbidden_key', '{"a[constructor][prototype]":1}'],
    [null, '{"constructor":"McLaren","prototype":"v1"}'],
    [null, '{"constructor":[{"prototype":1}]}'],
    ['forbidden_character', '"\\ud800"'],
    ['forbidden_character', '"\\udc00\\ud800"'],
    ['forbidden_character', '"a\\u0000b"'],
    [null, '"\\ud83d\\ude00"'],
    ['number_out_of_range', '[1e400]'],
    ['number_out_of_range', `-${'9'.repeat(400)}`],
    [null, '[1e308,-0,1E-400]'],
  ])('%s: %s', (problem, text) => {
    expect(scan(text)).toBe(problem);
  });

  it('finds a duplicate among many keys', () => {
    const members = Array.from({ length: 500 }, (_, i) => `"k${i}":${i}`);
    expect(scan(`{${members.join()}}`)).toBe(null);
    expect(scan(`{${members.join()},"k499":1}`)).toBe('duplicate_key');
  });

  it('finds any duplicate key, and only those', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 4 });
    fc.assert(
      fc.property(keys, keys, (outer, inner) => {
        const object = (names: string[], value: string) => `{${names.map((k) => `"${k}":${value}`).join()}}`;
        const repeats = (names: string[]) => new Set(names).size < names.length;
        const found = scan(object(outer, object(inner, '0')));
        expect(found).toBe(repeats(outer) || (outer.length > 0 && repeats(inner)) ? 'duplicate_key' : null);
      }),
    );
  });

  it('too many keys', () => {
    expect(scan(`[${'{"a":1},'.repeat(1_001)}0]`)).toBe('too_many_keys');
  });

  it.each([100, 101, 10_000, 1_000_000])(
    'nesting of %d levels, in linear time and little memory',
    (depth) => {
      const expected = depth > limits.maxDepth ? 'too_deep' : null;
      expect(scan('['.repeat(depth) + ']'.repeat(depth))).toBe(expected);
      expect(scan(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toBe(expected);
      expect(isMalformed('['.repeat(depth))).toBe(true);
    },
  );
});

it('names the position where JSON ends', () => {
  expect(scan('{"a": tru}')).toEqual({ malformedAt: 6 });
  expect(scan('{"a": 1')).toEqual({ malformedAt: 7 });
});
