import type { Answer, Fate, Judgement, RejectionCode } from './destination.ts';
import { retryAfterMs } from './retry-after.ts';

const NONE: ReadonlyMap<number, Fate> = new Map();
export const DELIVERED: Fate = { is: 'delivered' };
export const RETRY: Fate = { is: 'retry' };

export const rejected = (code: RejectionCode, path?: string): Fate =>
  path === undefined ? { is: 'rejected', code } : { is: 'rejected', code, path };

export const allDelivered = (some: Judgement['some'] = NONE): Judgement => ({
  ...{ condition: 'well', rest: DELIVERED, some, waitMs: null },
});

/** The request as a whole is not acceptable, and which event is to blame is found by cutting it in two. */
export const split: Judgement = { condition: 'well', rest: { is: 'split' }, some: NONE, waitMs: null };

/**
 * What every destination means alike: no answer, too many requests, its own trouble, and answers that say that we ask wrongly
 * (key, address), where nothing of the events is at fault. Null: an answer about the events.
 */
export function judgeCommon(answer: Answer, nowMs: number): Judgement | null {
  const { status, headers } = answer;
  const again = { rest: RETRY, some: NONE, waitMs: retryAfterMs(headers['retry-after'], nowMs) };
  if (status === null || status >= 500 || status === 408) return { condition: 'ill', ...again };
  if (status === 429) return { condition: 'busy', ...again };
  const isAboutUs = status < 200 || (status >= 300 && status < 400) || ABOUT_US.has(status);
  return isAboutUs ? { condition: 'refuses_us', ...again } : null;
}

const ABOUT_US: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 407, 410, 421, 451]);

/** The answer's JSON object; an empty one where it is none. */
export function jsonOf({ body }: Answer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // a proxy's page, or cut short: the status alone counts
  }
}

/** A place in the request, if it is one. */
export const isIndex = (value: unknown, events: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < events;
