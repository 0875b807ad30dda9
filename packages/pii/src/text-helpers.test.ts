import { describe, expect, it } from 'vitest';
import { isCardGrouping, isCardNumber } from './card.ts';
import { luhn, mod97, verhoeff } from './checksums.ts';
import { fold } from './fold.ts';
import { countMembers, parseJson, rawNumber, stringifyJson } from './json-text.ts';
import { tokenize } from './key-tokens.ts';
import { matchesPath, parsePathPattern } from './path-pattern.ts';
import { isInternational, isNationalShape } from './phone.ts';
import { isBase58Check } from './wallet.ts';

describe('checksums', () => {
  it('agree with the standards’ examples', () => {
    expect(luhn('79927398713')).toBe(true);
    expect(luhn('79927398714')).toBe(false);
    expect(verhoeff('2363')).toBe(true);
    expect(verhoeff('2364')).toBe(false);
    expect(mod97(`3214282912345698765432161182`)).toBe(1);
    expect(isBase58Check('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa')).toBe(true);
    expect(isBase58Check('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb')).toBe(false);
  });
});

describe('cards', () => {
  it('need a network, its length and the check digit', () => {
    expect(isCardNumber('4111111111111111')).toBe(true);
    expect(isCardNumber('4111111111111112')).toBe(false);
    expect(isCardNumber('0000000000000000')).toBe(false);
    expect(isCardGrouping([4, 6, 5])).toBe(true);
    expect(isCardGrouping([3, 7, 6])).toBe(false);
  });
});

describe('phones', () => {
  it('follow the numbering plans', () => {
    expect(isInternational('971501235423')).toBe(true);
    expect(isInternational('999123456789')).toBe(false);
    expect(isInternational('12')).toBe(false);
    expect(isNationalShape('(415) 555-2671')).toBe(true);
    expect(isNationalShape('020 7946 0958')).toBe(true);
    expect(isNationalShape('12 345 678')).toBe(false);
  });
});

describe('tokenize', () => {
  it('splits every writing style and takes accents off', () => {
    expect(tokenize('shippingAddress.line1')).toEqual(['shipping', 'address', 'line', '1']);
    expect(tokenize('IPAddress')).toEqual(['ip', 'address']);
    expect(tokenize('date-de_Naissance')).toEqual(['date', 'de', 'naissance']);
    expect(tokenize('Prénom')).toEqual(['prenom']);
    expect(tokenize('Straße')).toEqual(['strasse']);
    expect(tokenize('电话号码')).toEqual(['电话号码']);
  });
});

describe('fold', () => {
  it('maps every unit back to where it came from', () => {
    const { text, map } = fold('x％40 a%40b &#64; １２\u200b３');
    expect(text).toBe('x%40 a@b @ 123');
    expect(map?.[text.indexOf('@')]).toBe(6);
    expect(map?.[text.length]).toBe('x％40 a%40b &#64; １２\u200b３'.length);
  });

  it('leaves plain text alone', () => {
    expect(fold('100% of R&D \\ Zürich').map).toBeUndefined();
  });
});

describe('json text', () => {
  it('keeps long numbers and any depth', () => {
    const parsed = parseJson('[12345678901234567890,1]') as unknown[];
    expect(rawNumber(parsed[0])).toBe('12345678901234567890');
    expect(stringifyJson(parsed)).toBe('[12345678901234567890,1]');
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(stringifyJson(parseJson(deep))).toBe(deep);
  });

  it('counts members outside strings', () => {
    expect(countMembers('{"a":1,"a":{"b:\\"c":"x:y"}}')).toBe(3);
  });
});

describe('path patterns', () => {
  it('match names, single and any number of levels, and everything below', () => {
    const matches = (pattern: string, path: string): boolean =>
      matchesPath(parsePathPattern(pattern), path.split('.'));
    expect(matches('a.*.c', 'a.b.c')).toBe(true);
    expect(matches('a.*.c', 'a.c')).toBe(false);
    expect(matches('**.c', 'c')).toBe(true);
    expect(matches('**.c', 'a.b.c.d')).toBe(true);
    expect(matches('a.b', 'a.b.c')).toBe(true);
    expect(matches('a.b', 'a')).toBe(false);
  });
});
