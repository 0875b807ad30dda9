import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLiveBlock, cut } from './live-block.ts';

test('the second drawing replaces the first', () => {
  const stream = Object.assign(new PassThrough(), { columns: 20, rows: 10 });
  const block = createLiveBlock(stream);
  block.draw(['a', 'b']);
  block.draw(['c']);
  expect(stream.read().toString()).toBe('\u001b[0Ja\nb\n\u001b[2A\u001b[0Jc\n');
});

test('no line is wider than the terminal, and there are no more than fit', () => {
  expect(cut('x'.repeat(30), 10)).toBe(`${'x'.repeat(8)}…`);
  expect(cut('\u001b[31mshort\u001b[39m', 10)).toBe('\u001b[31mshort\u001b[39m');
  const stream = Object.assign(new PassThrough(), { columns: 20, rows: 3 });
  createLiveBlock(stream).draw(['1', '2', '3', '4']);
  expect(stream.read().toString()).toBe('\u001b[0J1\n2\n');
});
