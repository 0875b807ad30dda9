import { expect, it } from 'vitest';
import { type FitInput, type FitResult, fitAndTest } from './churn-fit.ts';
import { createChurnFits } from './churn-fits.ts';

const inputOf = (horizonDays: number): FitInput => ({ now: [], split: [], horizonDays });
const limits = { maxKept: 2, maxWaiting: 2, timeoutMs: 60_000 };

it('fits in a thread what the same code fits here, once', async () => {
  const group = (repeats: number, recencyDays: number, users: number) => ({
    repeats,
    recencyDays,
    ageDays: 60,
    users,
  });
  const now = [group(0, 0, 80), group(1, 12, 60), group(4, 50, 70)];
  const input = {
    now,
    split: now.map((one) => ({ ...one, left: Math.floor(one.users / 3) })),
    horizonDays: 30,
  };
  const fits = createChurnFits(limits);
  const found = await fits.fit(input);
  expect(found).toEqual(fitAndTest(input));
  expect(found.fit.ok && found.backTest.ok).toBe(true);
  expect(await fits.fit(structuredClone(input))).toBe(found);
});

it('takes turns, says when too many wait, keeps no failure and forgets the oldest', async () => {
  const begun: number[] = [];
  const ends: ((fails: boolean) => void)[] = [];
  const run = ({ horizonDays }: FitInput) =>
    new Promise<FitResult>((resolve, reject) => {
      begun.push(horizonDays);
      ends.push((fails) => (fails ? reject(new Error('no')) : resolve(fitAndTest(inputOf(horizonDays)))));
    });
  const fits = createChurnFits({ ...limits, run });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  const [first, second] = [fits.fit(inputOf(1)), fits.fit(inputOf(2))];
  await expect(fits.fit(inputOf(3))).rejects.toMatchObject({ code: 'overloaded' });
  expect(begun).toEqual([1]);
  ends[0]?.(true);
  await expect(first).rejects.toThrow('no');
  await settle();
  expect(begun).toEqual([1, 2]);
  ends[1]?.(false);
  await second;
  const third = fits.fit(inputOf(1));
  await settle();
  expect(begun).toEqual([1, 2, 1]);
  ends[2]?.(false);
  await third;
});
