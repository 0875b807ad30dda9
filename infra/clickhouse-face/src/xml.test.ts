import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, renderXml } from './xml.ts';

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" } as Record<
  string,
  string
>;
const unescapeText = (text: string) => text.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);

describe('renderXml', () => {
  it('nests elements', () => {
    expect(
      renderXml([
        [
          'a',
          [
            ['b', 1],
            ['c', 'x'],
          ],
        ],
        ['d', []],
      ]),
    ).toBe('<a>\n  <b>1</b>\n  <c>x</c>\n</a>\n<d></d>\n');
  });

  it('refuses a name that is not one', () => {
    expect(() => renderXml([['a><b', 1]])).toThrow(RangeError);
  });

  it('refuses what XML cannot carry', () => {
    for (const text of ['\u0000', '\u0008', '\ud800', '\uffff'])
      expect(() => escapeText(text)).toThrow(RangeError);
  });

  it('keeps any text as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = escapeText(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(unescapeText(escaped)).toBe(text);
      }),
    );
  });
});
