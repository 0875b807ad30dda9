import { expect, it } from 'vitest';
import { stateLimitBytes } from './state-limit.ts';

it('is what is set where the heap has room for all partitions', () => {
  expect(stateLimitBytes(256, 4e9, 6)).toBe(256_000_000);
});

it('is no more than the heap holds', () => {
  expect(stateLimitBytes(256, 500_000_000, 6)).toBe(50_000_000);
});
