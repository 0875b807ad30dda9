/** What came back for one request. */
export type Answer =
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly retryAfter: string | null;
      readonly body: unknown;
    }
  | { readonly kind: 'network'; readonly reason: string };

export interface RejectedItem {
  readonly index: number;
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

export type Verdict =
  /** Taken, but for these. */
  | { readonly do: 'done'; readonly rejected: readonly RejectedItem[] }
  /** The same events again, later. */
  | { readonly do: 'retry'; readonly afterMs: number; readonly code: string }
  /** Too much at once, or one event spoils the request: in two halves. */
  | { readonly do: 'split'; readonly code: string; readonly message: string }
  /** No event will be taken. */
  | { readonly do: 'abort'; readonly code: string; readonly message: string; readonly status: number };

const RETRIABLE = new Set([408, 425, 429, 500, 502, 503, 504]);
const ABORTING = new Set([401, 403, 404, 405]);
const FIRST_WAIT_MS = 200;
const MAX_WAIT_MS = 10_000;
/** Longer than that nobody waits; the next attempt is told again. */
const MAX_RETRY_AFTER_MS = 60_000;

/** `jitter` from 0 to 1 keeps the senders of a crowd apart. Pure: a test can ask about any answer. */
export function judgeAnswer(answer: Answer, attempt: number, jitter: number, nowMs: number): Verdict {
  const backoffMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * (0.5 + jitter / 2);
  if (answer.kind === 'network') return { do: 'retry', afterMs: backoffMs, code: 'network_error' };
  const { status, body } = answer;
  const rejected = itemErrors(body);
  if (status >= 200 && status < 300) return { do: 'done', rejected };
  const { code, message } = problemOf(body, status);
  if (RETRIABLE.has(status))
    return { do: 'retry', afterMs: Math.max(retryAfterMs(answer.retryAfter, nowMs), backoffMs), code };
  if (ABORTING.has(status)) return { do: 'abort', code, message, status };
  if (rejected.length > 0 && code === 'no_valid_event') return { do: 'done', rejected };
  return { do: 'split', code, message };
}

/** Seconds, or a date. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

function field(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined;
}

const textOr = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);

/** `rejected` of an answer that took the others, `errors` of a problem where none was good. */
function itemErrors(body: unknown): RejectedItem[] {
  const errors = field(body, 'rejected') ?? field(body, 'errors');
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    const index = field(error, 'index');
    if (typeof index !== 'number') return [];
    const path = field(error, 'path');
    return [
      {
        index,
        code: textOr(field(error, 'code'), 'rejected'),
        message: textOr(field(error, 'message'), 'refused by the gateway'),
        ...(typeof path === 'string' ? { path } : {}),
      },
    ];
  });
}

function problemOf(body: unknown, status: number): { code: string; message: string } {
  return {
    code: textOr(field(body, 'code'), `http_${status}`),
    message: textOr(field(body, 'detail'), textOr(field(body, 'title'), `the gateway answered ${status}`)),
  };
}
