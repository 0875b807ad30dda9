import { expect, test } from 'vitest';
import { changedColumns, chunksOf, mergeCounts, payloadColumns, quoted } from './diff-sql.ts';

test('places and identities are never compared; NaN equals itself', () => {
  const columns = payloadColumns([
    { name: 'event_id', type: 'UUID' },
    { name: 'received_at', type: 'DateTime64(3)' },
    { name: '_offset', type: 'Int64' },
    { name: 'user_id', type: 'Nullable(String)' },
    { name: 'scores', type: 'Map(String, Float64)' },
  ]);
  expect(columns.map((c) => c.name)).toEqual(['user_id', 'scores']);
  expect(changedColumns(columns)).toBe(
    "arrayFilter(c -> c != '', [if(NOT (l.user_id <=> s.user_id), 'user_id', ''), if(NOT (toString(l.scores) <=> toString(s.scores)), 'scores', '')])",
  );
});

test('chunks cover a range without gap or overlap', () => {
  const chunks = chunksOf([{ topic: 'product.events.raw', partition: 2, from: 7, to: 250_007 }]);
  expect(chunks.map((c) => [c.partition, c.from, c.to])).toEqual([
    [2, 7, 100_007],
    [2, 100_007, 200_007],
    [2, 200_007, 250_007],
  ]);
});

test('a name cannot end its quotes', () => {
  expect(quoted("a'b\\")).toBe("'a\\'b\\\\'");
});

test('counts stand side by side, by name', () => {
  expect(
    mergeCounts(
      new Map([['B', 2]]),
      new Map([
        ['A', 1],
        ['B', 3],
      ]),
    ),
  ).toEqual([
    { type: 'A', before: 0, after: 1 },
    { type: 'B', before: 2, after: 3 },
  ]);
});
