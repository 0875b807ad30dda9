/**
 * Whether a destination is asked. `closed`: yes. `open`: not before `untilMs`. `half_open`: one request is under way to find
 * out, and all others wait for what it finds.
 */
export type Breaker =
  | { readonly is: 'closed'; readonly failures: number }
  | { readonly is: 'open'; readonly failures: number; readonly untilMs: number }
  | { readonly is: 'half_open'; readonly failures: number };

/** So many failures in a row, of whichever partition, and nobody else has to find out for himself. */
const FAILURES_TO_OPEN = 3;

export const CLOSED: Breaker = { is: 'closed', failures: 0 };

/** Whether a request may be sent now; of an open one whose time is over the asker is the probe. */
export function enter(breaker: Breaker, nowMs: number): { readonly may: boolean; readonly next: Breaker } {
  if (breaker.is === 'closed') return { may: true, next: breaker };
  if (breaker.is === 'half_open' || nowMs < breaker.untilMs) return { may: false, next: breaker };
  return { may: true, next: { is: 'half_open', failures: breaker.failures } };
}

/** It answered, whatever it thinks of the events. */
export const succeeded = (): Breaker => CLOSED;

/** `waitMs`: how long not to ask, should it open. */
export function failed(breaker: Breaker, nowMs: number, waitMs: number): Breaker {
  const failures = breaker.failures + 1;
  if (failures < FAILURES_TO_OPEN && breaker.is === 'closed') return { is: 'closed', failures };
  return { is: 'open', failures, untilMs: nowMs + waitMs };
}

/** A probe that was not sent after all: somebody else may try. */
export const abandoned = (breaker: Breaker, nowMs: number): Breaker =>
  breaker.is === 'half_open' ? { is: 'open', failures: breaker.failures, untilMs: nowMs } : breaker;
