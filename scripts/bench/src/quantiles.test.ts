import { expect, it } from 'vitest';
import { summarize } from './quantiles.ts';

it('takes the nearest rank', () => {
  const sample = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summarize(sample)).toEqual({ count: 100, p50: 50, p90: 90, p99: 99, p999: 100, max: 100 });
  expect(summarize([7])).toEqual({ count: 1, p50: 7, p90: 7, p99: 7, p999: 7, max: 7 });
});
