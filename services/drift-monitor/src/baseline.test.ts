import { expect, it } from 'vitest';
import { type Baseline, chooseBaseline, comparisonAt, DEFAULT_CHOICE } from './baseline.ts';

const MINUTE_MS = 60_000;
const NOON_MS = Date.UTC(2026, 0, 8, 12);
const baseline = (change: Partial<Baseline>): Baseline => ({
  model: 'm',
  version: '',
  ...DEFAULT_CHOICE,
  ...change,
});

it("prefers a version's own baseline to its model's, and that to the default", () => {
  const chosen = [
    baseline({ windowMinutes: 5 }),
    baseline({ version: '2', windowMinutes: 7 }),
    baseline({ model: 'other', windowMinutes: 9 }),
  ];
  expect(chooseBaseline(chosen, 'm', '1').windowMinutes).toBe(5);
  expect(chooseBaseline(chosen, 'm', '2').windowMinutes).toBe(7);
  expect(chooseBaseline(chosen, 'unknown', '2')).toEqual(DEFAULT_CHOICE);
});

it('compares the last whole minutes with the days before them, which move in steps', () => {
  const at = (ms: number) => comparisonAt(ms, 'm', '1', DEFAULT_CHOICE);
  const { window, baseline: before } = at(NOON_MS + 59_999);
  expect(window).toEqual({ fromMs: NOON_MS - 60 * MINUTE_MS, toMs: NOON_MS });
  expect(before).toEqual({ fromMs: window.fromMs - 7 * 86_400_000, toMs: window.fromMs });
  expect(at(NOON_MS + 9 * MINUTE_MS).baseline).toEqual(before);
  expect(at(NOON_MS + 10 * MINUTE_MS).baseline.toMs).toBe(before.toMs + 10 * MINUTE_MS);
});

it('a sliding baseline never reaches into the window', () => {
  for (const windowMinutes of [1, 7, 60, 10_080])
    for (let minute = 0; minute < 30; minute++) {
      const choice = { ...DEFAULT_CHOICE, windowMinutes };
      const { window, baseline: before } = comparisonAt(NOON_MS + minute * MINUTE_MS, 'm', '1', choice);
      expect(before.toMs).toBeLessThanOrEqual(window.fromMs);
    }
});

it('takes another version, a fixed range and thresholds as chosen', () => {
  const range = { fromMs: 1, toMs: 2 };
  const choice = baseline({ baselineVersion: '1', range, settings: { minimumSamples: 7 } });
  const comparison = comparisonAt(NOON_MS, 'm', '2', choice);
  expect(comparison).toMatchObject({ baselineVersion: '1', baseline: range, version: '2' });
  expect(comparison.settings).toMatchObject({ minimumSamples: 7, psiMajor: 0.25 });
});
