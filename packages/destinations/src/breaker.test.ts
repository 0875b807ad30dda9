import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';
import { abandoned, CLOSED, enter, failed, succeeded } from './breaker.ts';
import { planRequests } from './plan-requests.ts';
import { retryAfterMs } from './retry-after.ts';

describe('the circuit breaker', () => {
  const fail = (breaker = CLOSED, nowMs = 0, waitMs = 2_000) => failed(breaker, nowMs, waitMs);

  it('opens at the third failure in a row, and lets one probe through when its time is over', () => {
    const two = fail(fail());
    expect(enter(two, 0).may).toBe(true);
    const open = fail(two);
    expect(open).toEqual({ is: 'open', failures: 3, untilMs: 2_000 });
    expect(enter(open, 1_999).may).toBe(false);
    const probing = enter(open, 2_000);
    expect(probing).toEqual({ may: true, next: { is: 'half_open', failures: 3 } });
    expect(enter(probing.next, 9_999).may).toBe(false);
    expect(fail(probing.next, 2_000)).toEqual({ is: 'open', failures: 4, untilMs: 4_000 });
    expect(succeeded()).toBe(CLOSED);
    expect(enter(abandoned(probing.next, 5), 5).may).toBe(true);
  });
});

it('waits twice as long each time, with chance in it', () => {
  expect([1, 2, 3, 4, 99].map(createBackoff(() => 1, 60_000))).toEqual([500, 1_000, 2_000, 4_000, 60_000]);
  expect(createBackoff(() => 0, 60_000)(1)).toBe(250);
});

it.each([
  [undefined, null],
  ['', null],
  ['soon', null],
  ['0', 0],
  ['120', 120_000],
  ['999999999', 600_000],
  ['Sat, 31 Jan 2026 00:00:05 GMT', 5_000],
  ['Fri, 30 Jan 2026 00:00:00 GMT', 0],
])('reads Retry-After %j', (header, expected) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 31))).toBe(expected);
});

it('requests hold every event once, in order, within the limits', () => {
  const limits = { events: 5, bytes: 3_000, eventBytes: 1_000 };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 60 }), (sizes) => {
      const events = sizes.map((sizeBytes, i) => ({ i, sizeBytes }));
      const requests = planRequests(events, limits);
      expect(requests.flat()).toEqual(events);
      for (const request of requests) {
        expect(request.length).toBeGreaterThan(0);
        expect(request.length).toBeLessThanOrEqual(5);
        const bytes = request.reduce((sum, e) => sum + e.sizeBytes + 1, 0);
        if (request.length > 1) expect(bytes).toBeLessThanOrEqual(3_000 - 1_024);
      }
    }),
  );
});
