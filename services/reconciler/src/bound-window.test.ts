import { expect, test } from 'vitest';
import { boundWindow } from './bound-window.ts';

const warehouseOf = (steps: readonly (readonly [startMs: number, entries: number])[]) => ({
  rows: async <T>() => steps.map(([startMs, entries]) => ({ startMs, entries })) as T[],
  close: async () => undefined,
});

test('a window is as long as it was asked for while its entries are few', async () => {
  expect(await boundWindow(warehouseOf([]), 5_000, 10)).toBe(5_000);
  const steps = [
    [20_000, 6],
    [10_000, 4],
  ] as const;
  expect(await boundWindow(warehouseOf(steps), 5_000, 10)).toBe(5_000);
});

test('it begins after the step that would make them too many, and holds the newest whatever they are', async () => {
  const steps = [
    [30_000, 6],
    [20_000, 4],
    [10_000, 1],
  ] as const;
  expect(await boundWindow(warehouseOf(steps), 5_000, 10)).toBe(20_000);
  expect(await boundWindow(warehouseOf(steps), 5_000, 5)).toBe(30_000);
});
