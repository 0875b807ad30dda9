import { expect, test } from 'vitest';
import { lagByTopic, readLag } from './lag.ts';

test('what is written against what is committed, by partition and by topic', async () => {
  const lags = await readLag({
    watermarks: async () => [
      { partition: 0, low: 0, high: 10 },
      { partition: 1, low: 5, high: 8 },
      { partition: 2, low: 40, high: 50 },
    ],
    committed: async () => [
      { partition: 0, nextOffset: 7 },
      { partition: 1, nextOffset: null },
      { partition: 2, nextOffset: 20 }, // retention has overtaken the group
    ],
  });
  const scrubber = lags.filter((l) => l.group === 'fineprint.pii-scrubber' && l.topic === 'ai.requests.raw');
  expect(scrubber.map((l) => l.lag)).toEqual([3, 3, 10]);
  expect(lagByTopic(scrubber)).toEqual([
    { group: 'fineprint.pii-scrubber', topic: 'ai.requests.raw', end: 68, lag: 16 },
  ]);
});

test('every group of the DAG and each of its inputs is there', async () => {
  const lags = await readLag({
    watermarks: async () => [{ partition: 0, low: 0, high: 0 }],
    committed: async () => [],
  });
  expect(lags.map((l) => `${l.group} ${l.topic}`)).toContain(
    'fineprint.warehouse-loader product.events.clean',
  );
  expect(lags.map((l) => l.topic)).not.toContain('http');
});
