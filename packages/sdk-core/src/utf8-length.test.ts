import fc from 'fast-check';
import { expect, it } from 'vitest';
import { utf8Length } from './utf8-length.ts';

it('counts as an encoder does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }),
  );
  for (const text of ['', 'a', 'ü', '€', '😀', 'x😀y', '\ud800', '\ud800x', '\udc00\ud800']) {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
  }
});
