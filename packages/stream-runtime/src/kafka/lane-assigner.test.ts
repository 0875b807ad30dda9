import { expect, test } from 'vitest';
import { assignLanes } from './lane-assigner.ts';

const six = [5, 0, 1, 2, 3, 4];

test('a lane stays together, and lanes go round', () => {
  const topics = [
    { topic: 'a', partitions: six },
    { topic: 'b', partitions: six },
    { topic: 'one', partitions: [0] },
  ];
  expect([...assignLanes(['m2', 'm1'], topics, 3)]).toEqual([
    ['m1', { a: [0, 1, 2], b: [0, 1, 2], one: [0] }],
    ['m2', { a: [3, 4, 5], b: [3, 4, 5] }],
  ]);
});

test('every partition has one owner; more members than lanes leave some idle', () => {
  const partitions = Array.from({ length: 14 }, (_, p) => p);
  const shares = [...assignLanes(['a', 'b', 'c', 'd', 'e', 'f', 'g'], [{ topic: 't', partitions }], 3)];
  const given = shares.flatMap(([, share]) => share['t'] ?? []);
  expect(given.toSorted((a, b) => a - b)).toEqual(partitions);
  expect(shares.filter(([, share]) => share['t'] === undefined)).toHaveLength(2);
});
