import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Answer } from './judge-answer.ts';
import type { Api } from './mapping.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** The fastest level: on one machine the sender and the gateway share the processors. */
const GZIP_LEVEL = 1;

const compress = promisify(gzip);

/** One POST of several events; resolves with whatever came back. Rejects only when `signal` aborts. */
export type PostEvents = (api: Api, events: readonly string[], signal: AbortSignal) => Promise<Answer>;

export function createPostEvents(gatewayUrl: string, writeKey: string): PostEvents {
  return async (api, events, signal) => {
    const body = await compress(`[${events.join(',')}]`, { level: GZIP_LEVEL });
    try {
      const response = await fetch(`${gatewayUrl}/api/v1/${api}/events/batch`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${writeKey}`,
          'content-type': 'application/json',
          'content-encoding': 'gzip',
        },
        body,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const text = await response.text();
      const { status, headers } = response;
      return { kind: 'http', status, retryAfter: headers.get('retry-after'), body: jsonOrNull(text) };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'network', reason: reasonOf(error) };
    }
  };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null; // a proxy's page: its status says enough
  }
}

/** fetch hides the system's reason in `cause`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'network error';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
