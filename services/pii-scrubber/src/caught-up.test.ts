import type { topics } from '@fineprint/topology';
import { expect, it } from 'vitest';
import { isCaughtUp } from './caught-up.ts';

const admin = (high: number, nextOffset: number | null) => ({
  watermarks: (topic: keyof typeof topics) =>
    Promise.resolve([{ partition: 0, low: 0, high: topic === 'consent.updates' ? high : 0 }]),
  committed: () => Promise.resolve([{ partition: 0, nextOffset }]),
});

it('is so where everything is committed, or there is nothing', async () => {
  expect(await isCaughtUp(admin(0, null))).toBe(true);
  expect(await isCaughtUp(admin(7, 7))).toBe(true);
  expect(await isCaughtUp(admin(7, 6))).toBe(false);
  expect(await isCaughtUp(admin(7, null))).toBe(false);
});
