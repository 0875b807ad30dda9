import { expect, test } from 'vitest';
import { compare, median, type Run } from './compare.ts';

const run = (stage: string, service: string, consumers: number, perSecond: number, perCore: number): Run => ({
  ...{ stage, service, consumers },
  records_per_second: perSecond,
  records_per_core: perCore,
});

test('what one process cost predicts what two take, whatever kind of event the stage reads', () => {
  const runs = [
    run('scrubber', 'pii-scrubber', 1, 40_000, 50_000),
    run('scrubber', 'pii-scrubber', 2, 80_000, 40_000),
    run('aggregator', 'ai-aggregator', 1, 90_000, 100_000),
  ];
  expect(compare(runs)).toEqual([
    expect.objectContaining({ consumers: 1, measured_cores: 0.8, predicted_cores: 0.8, off_percent: 0 }),
    expect.objectContaining({ consumers: 2, measured_cores: 2, predicted_cores: 1.6, off_percent: -20 }),
    expect.objectContaining({ stage: 'aggregator', predicted_cores: 0.9, off_percent: 0 }),
  ]);
});

test('without a run of one process there is nothing to predict from', () => {
  expect(compare([run('scrubber', 'pii-scrubber', 2, 1, 1)])).toEqual([]);
});

test('medians', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1])).toBe(1);
});
