import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from './split-lines.ts';

function split(chunks: readonly Buffer[], maxLineBytes = 1_000): (string | null)[] {
  const splitter = createLineSplitter(maxLineBytes);
  const lines = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  return lines.map((line) => (line === null ? null : line.toString('utf8')));
}

test('wherever the chunks are cut, the lines are the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(50), { maxLength: 20 }), (text, cuts) => {
      const bytes = Buffer.from(text);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(bytes.subarray(at));
      const expected = bytes.toString('utf8').split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect(split(chunks)).toEqual(expected);
    }),
  );
});

test('an empty line is a line; the end of the last one begins none', () => {
  expect(split([Buffer.from('a\n\nb\n')])).toEqual(['a', '', 'b']);
  expect(split([Buffer.from('')])).toEqual([]);
});

test('a line over the limit is let go, and those around it are not', () => {
  expect(split([Buffer.from('ab\nxxx'), Buffer.from('xxxxx\ncd\nyyyyyy')], 5)).toEqual([
    'ab',
    null,
    'cd',
    null,
  ]);
});
