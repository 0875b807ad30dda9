import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cover, DAY_MS, HOUR_MS, levels, MINUTE_MS } from './cover.ts';

const SIZE_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };
const minutes = fc.integer({ min: 0, max: 5 * 1_440 });

it('fills any range of minutes exactly, in order, with whole windows of at most five spans', () => {
  fc.assert(
    fc.property(minutes, minutes, fc.constantFrom(...levels), (a, b, coarsest) => {
      const range = { fromMs: Math.min(a, b) * MINUTE_MS, toMs: Math.max(a, b) * MINUTE_MS };
      const spans = cover(range, coarsest);
      expect(spans.length).toBeLessThanOrEqual(5);
      let at = range.fromMs;
      for (const { level, fromMs, toMs } of spans) {
        expect(fromMs).toBe(at);
        expect(toMs).toBeGreaterThan(fromMs);
        expect(levels.indexOf(level)).toBeLessThanOrEqual(levels.indexOf(coarsest));
        expect([fromMs % SIZE_MS[level], toMs % SIZE_MS[level]]).toEqual([0, 0]);
        at = toMs;
      }
      expect(at).toBe(range.toMs);
    }),
  );
});

it('takes days in the middle, hours around them and minutes at the edges', () => {
  const at = (day: number, hour: number, minute: number) =>
    day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS;
  const spans = cover({ fromMs: at(0, 22, 30), toMs: at(3, 1, 15) }, 'day');
  expect(spans).toEqual([
    { level: 'minute', fromMs: at(0, 22, 30), toMs: at(0, 23, 0) },
    { level: 'hour', fromMs: at(0, 23, 0), toMs: at(1, 0, 0) },
    { level: 'day', fromMs: at(1, 0, 0), toMs: at(3, 0, 0) },
    { level: 'hour', fromMs: at(3, 0, 0), toMs: at(3, 1, 0) },
    { level: 'minute', fromMs: at(3, 1, 0), toMs: at(3, 1, 15) },
  ]);
});
