import { type Answer, type Batch, payloadOf, routePaths } from '@fineprint/sdk-core';
import type { Post } from './post.ts';

/**
 * Sends a batch as `text/plain` with the key in it: the one form that needs no preflight, so that it also works while the
 * page is being closed. Never with cookies. Must have begun the request when it returns.
 */
export function createSender(gatewayUrl: string, writeKey: string, post: Post) {
  const base = new URL(gatewayUrl).href.replace(/\/+$/, '');
  return async (batch: Batch, isPageHidden: boolean, signal: AbortSignal): Promise<Answer> => {
    const body = payloadOf(batch, Date.now(), writeKey);
    if (isPageHidden && !('keepalive' in Request.prototype)) {
      navigator.sendBeacon(base + routePaths[batch.route], body);
      // It tells nobody how it went: the events stay, and are sent again with the same ids.
      throw new Error('no answer');
    }
    return readAnswer(await post(routePaths[batch.route], body, signal));
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
