import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KnownTexts } from './known-texts.ts';

const text = fc.uint8Array({ maxLength: 3, max: 2 });

it('knows the last four texts that were added, and none besides', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), text, (added, asked) => {
      const known = new KnownTexts();
      for (const one of added) known.add(Buffer.concat([Buffer.of(9), one]), 1, one.length + 1);
      const last = added.filter((one) => one.length > 0).slice(-4);
      const isOneOf = asked.length > 0 && last.some((one) => Buffer.compare(one, asked) === 0);
      expect(known.has(asked, 0, asked.length)).toBe(isOneOf);
    }),
  );
});

it('keeps no long ones', () => {
  const known = new KnownTexts();
  const bytes = Buffer.alloc(100, 'x');
  known.add(bytes, 0, 65);
  known.add(bytes, 0, 64);
  expect([known.has(bytes, 0, 65), known.has(bytes, 0, 64)]).toEqual([false, true]);
});
