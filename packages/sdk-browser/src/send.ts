import { type Answer, type Batch, payloadOf, routePaths } from '@fineprint/sdk-core';

const TIMEOUT_MS = 15_000;

/**
 * Sends a batch as `text/plain` with the key in it: the one form that needs no preflight, so that it also works while the
 * page is being closed. Never with cookies. Must have begun the request when it returns.
 */
export function createSender(gatewayUrl: string, writeKey: string) {
  const base = new URL(gatewayUrl).href.replace(/\/+$/, '');
  return async (batch: Batch, isPageHidden: boolean, signal: AbortSignal): Promise<Answer> => {
    const url = base + routePaths[batch.route];
    const body = payloadOf(batch, Date.now(), writeKey);
    if (isPageHidden && !('keepalive' in Request.prototype)) {
      navigator.sendBeacon(url, body);
      // It tells nobody how it went: the events stay, and are sent again with the same ids.
      throw new Error('no answer');
    }
    const timeout = new AbortController();
    const abort = () => timeout.abort();
    const timer = setTimeout(abort, TIMEOUT_MS);
    signal.addEventListener('abort', abort);
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/plain' },
        // Goes on when the page is gone; a browser takes 64 KB of these at a time.
        keepalive: true,
        credentials: 'omit',
        referrerPolicy: 'origin',
        signal: timeout.signal,
      });
      return await readAnswer(response);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, rejected } = Object(body) as { code?: string; rejected?: unknown[] };
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    code: code ?? null,
    rejected: rejected?.length ?? 0,
  };
}
