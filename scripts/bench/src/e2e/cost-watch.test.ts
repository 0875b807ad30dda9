import { expect, test } from 'vitest';
import { coresBetween, costBetween, perRecord } from './cost-watch.ts';

test('what a record costs is told without the warm-up', () => {
  const samples = [
    { records: 0, cpuSeconds: 2 },
    { records: 100, cpuSeconds: 5 },
    { records: 300, cpuSeconds: 7 },
    { records: 1_100, cpuSeconds: 15 },
  ];
  expect(perRecord(samples)).toBe(0.01);
});

test('who did nothing cost nothing', () => {
  expect(perRecord([])).toBe(0);
  expect(perRecord([{ records: 0, cpuSeconds: 3 }])).toBe(0);
});

test('between two looks, per million events, of whatever was there at both', () => {
  const before = { kafka: { cpuSeconds: 1, memoryMiB: 1, residentMiB: 1 } };
  const after = {
    kafka: { cpuSeconds: 3, memoryMiB: 1, residentMiB: 1 },
    redis: { cpuSeconds: 9, memoryMiB: 1, residentMiB: 1 },
  };
  expect(costBetween(before, after, 500_000)).toEqual({ kafka: 4 });
  expect(coresBetween(before, after, 4)).toEqual({ kafka: 0.5 });
});
