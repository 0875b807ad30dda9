import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventIds } from './event-id.ts';
import { createOccurrences } from './occurrences.ts';

const rows = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 60 });

test('a file sent twice has the same ids, and no two rows of it share one', () => {
  fc.assert(
    fc.property(rows, (file) => {
      const first = file.map(createEventIds('shop'));
      expect(file.map(createEventIds('shop'))).toEqual(first);
      expect(new Set(first).size).toBe(file.length);
    }),
  );
});

test('no two rows share an id either when the memory for rows is full', () => {
  fc.assert(
    fc.property(rows, fc.nat(3), (file, maxRemembered) => {
      const occurrenceOf = createOccurrences(maxRemembered);
      const pairs = file.map((row) => `${row}/${occurrenceOf(row)}`);
      expect(new Set(pairs).size).toBe(file.length);
    }),
  );
});

test('ids are UUIDv5 and never change between versions of this program', () => {
  const idOf = createEventIds('azure-llm-trace-2023-conv');
  expect(idOf('2023-11-16 18:15:46.6805900\u001f374\u001f44')).toBe('23d9b7e4-86d2-5db3-96c7-3cf6375787e5');
});

test('another mapping of the same row is another event', () => {
  expect(createEventIds('a')('row')).not.toBe(createEventIds('b')('row'));
});
