import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStart, startOffsets } from './position.ts';

test('where to begin, in words', () => {
  expect(parseStart('earliest')).toEqual({ kind: 'earliest' });
  expect(parseStart('25')).toEqual({ kind: 'back', records: 25 });
  for (const text of ['', '-1', 'now', '1.5']) expect(parseStart(text)).toBeUndefined();
});

const partitions = fc
  .array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 6 })
  .map((list) => list.map(([low, size], partition) => ({ partition, low, high: low + size })));

test('so many records back as asked, or as many as there are', () => {
  fc.assert(
    fc.property(partitions, fc.nat(200), (list, records) => {
      const offsets = startOffsets({ kind: 'back', records }, list);
      const there = list.reduce((sum, p) => sum + p.high - p.low, 0);
      const shown = list.reduce((sum, p) => sum + p.high - (offsets.get(p.partition) ?? 0), 0);
      expect(shown).toBe(Math.min(records, there));
      for (const p of list) expect(offsets.get(p.partition)).toBeGreaterThanOrEqual(p.low);
    }),
  );
});

test('from the first, or from what comes next', () => {
  const list = [{ partition: 0, low: 3, high: 9 }];
  expect(startOffsets({ kind: 'earliest' }, list).get(0)).toBe(3);
  expect(startOffsets({ kind: 'latest' }, list).get(0)).toBe(9);
});
