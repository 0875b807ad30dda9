import { parseRetryAfter } from './backoff.ts';

/** What the gateway said. */
export interface Answer {
  readonly status: number;
  /** The header, as it came. */
  readonly retryAfter: string | null;
  /** Of a problem+json answer. */
  readonly code: string | null;
  /** Events of the batch that were refused and recorded as dead letters. */
  readonly rejected: number;
}

/** What becomes of a batch. */
export type Verdict =
  | { readonly kind: 'delivered'; readonly rejected: number }
  /** The gateway will never take these. */
  | { readonly kind: 'refused' }
  /** One of them may be at fault: try with half as many. */
  | { readonly kind: 'split' }
  | { readonly kind: 'retry'; readonly retryAfterMs: number | null; readonly isCredentials: boolean };

/** Answers about the body. All other errors are somebody else's, and pass: a wrong key, address or proxy loses no event. */
const ABOUT_THE_BODY: ReadonlySet<number> = new Set([400, 413, 422]);
const ABOUT_THE_KEY: ReadonlySet<number> = new Set([401, 403]);

/** The one place that decides what an answer means. `null`: there was none. */
export function judge(answer: Answer | null, batchEvents: number, nowMs: number): Verdict {
  if (answer === null) return { kind: 'retry', retryAfterMs: null, isCredentials: false };
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered', rejected: answer.rejected };
  if (ABOUT_THE_BODY.has(status)) {
    // Each of them was looked at.
    if (answer.code === 'no_valid_event') return { kind: 'refused' };
    return { kind: batchEvents > 1 ? 'split' : 'refused' };
  }
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
  return { kind: 'retry', retryAfterMs, isCredentials: ABOUT_THE_KEY.has(status) };
}
