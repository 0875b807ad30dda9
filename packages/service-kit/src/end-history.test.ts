import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createEndHistory, type EndHistory } from './end-history.ts';

let history: EndHistory;
beforeEach(() => {
  history = createEndHistory();
});

describe('how long a record waits', () => {
  it('is told by when the end passed it', () => {
    history.note(100, 0);
    history.note(100, 5_000);
    history.note(200, 10_000);
    expect(history.waitingMs(200, 12_000)).toBe(0); // nothing waits
    expect(history.waitingMs(199, 12_000)).toBe(2_000);
    expect(history.waitingMs(149, 12_000)).toBe(4_500); // half-way between two looks
    expect(history.waitingMs(100, 12_000)).toBeCloseTo(6_950);
  });

  it('is at least the time since the first look where it came before', () => {
    history.note(100, 1_000);
    expect(history.waitingMs(3, 61_000)).toBe(60_000);
  });

  it('begins anew with a topic that begins anew', () => {
    history.note(100, 0);
    history.note(5, 10_000);
    expect(history.waitingMs(0, 11_000)).toBe(1_000);
  });

  it('is exact to the looks around it, in bounded memory, however long the standstill', () => {
    const looks = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 2_000 });
    fc.assert(
      fc.property(looks, fc.nat(), (growth, pick) => {
        const own = createEndHistory();
        const highs: number[] = [];
        let high = 0;
        for (const [i, grown] of growth.entries()) {
          high += grown;
          highs.push(high);
          own.note(high, i * 5_000);
        }
        if (high === 0) return;
        const position = pick % high;
        const nowMs = growth.length * 5_000;
        const first = highs.findIndex((h) => h > position);
        const told = own.waitingMs(position, nowMs);
        expect(told).toBeGreaterThan(0);
        // Of the newest 60 looks nothing was forgotten.
        if (first > growth.length - 60) {
          expect(told).toBeGreaterThanOrEqual(nowMs - first * 5_000);
          expect(told).toBeLessThanOrEqual(nowMs - (first - 1) * 5_000);
        } else expect(told).toBeGreaterThan(nowMs - growth.length * 5_000);
      }),
    );
  });
});
