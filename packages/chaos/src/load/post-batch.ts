import { setTimeout as sleep } from 'node:timers/promises';
import type { Book } from './book.ts';

export interface PostTarget {
  readonly url: () => string;
  readonly writeKey: string;
  readonly book: Book;
}

const REQUEST_TIMEOUT_MS = 15_000;
const MAX_WAIT_MS = 2_000;

/**
 * Posts as a good producer does: the same ids again, after `Retry-After` where it is given, until it is answered with 202 or
 * there is no time left. Resolves with whether it was. What is refused for good is a fault of the load, and thrown.
 */
export async function postBatch(
  { url, writeKey, book }: PostTarget,
  path: string,
  events: readonly object[],
  deadline: AbortSignal,
): Promise<boolean> {
  const body = JSON.stringify(events);
  const headers = { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' };
  for (let attempt = 1; !deadline.aborted; attempt++) {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      const answer = await fetch(url() + path, { method: 'POST', headers, body, signal });
      const text = await answer.text();
      if (answer.status === 202) {
        acknowledge(book, text);
        return true;
      }
      if (answer.status < 500 && answer.status !== 429)
        throw new RefusedError(`${path} was answered with ${answer.status}: ${text.slice(0, 500)}`);
      book.failed(String(answer.status));
      await pause(attempt, Number(answer.headers.get('retry-after') ?? 0) * 1_000);
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      book.failed('network'); // not there, or the answer was lost: the same again
      await pause(attempt, 0);
    }
  }
  return false;
}

class RefusedError extends Error {}

function acknowledge(book: Book, answer: string): void {
  const { accepted, rejected } = JSON.parse(answer) as {
    accepted: readonly { event_id: string }[];
    rejected: readonly unknown[];
  };
  if (rejected.length > 0)
    throw new RefusedError(`good events were rejected: ${JSON.stringify(rejected[0])}`);
  for (const { event_id: id } of accepted) book.acknowledged(id);
}

const pause = (attempt: number, askedMs: number) =>
  sleep(Math.min(MAX_WAIT_MS, Math.max(askedMs, 100 * 2 ** Math.min(attempt, 5))));
