import { type Answer, type Batch, payloadOf, routePaths } from '@fineprint/sdk-core';
import type { Settings } from './options.ts';

type SendSettings = Pick<Settings, 'gatewayUrl' | 'writeKey' | 'requestTimeoutMs'>;

/** Sends a batch. Rejects where there is no answer in time. */
export function createSender({ gatewayUrl, writeKey, requestTimeoutMs }: SendSettings) {
  return async (batch: Batch): Promise<Answer> => {
    const response = await fetch(gatewayUrl + routePaths[batch.route], {
      method: 'POST',
      headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' },
      body: payloadOf(batch, Date.now()),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const retryAfter = response.headers.get('retry-after');
    const body: unknown = await response.json().catch(() => undefined);
    const { code, rejected } = Object(body) as { code?: unknown; rejected?: unknown };
    return {
      status: response.status,
      retryAfter,
      code: typeof code === 'string' ? code : null,
      rejected: Array.isArray(rejected) ? rejected.length : 0,
    };
  };
}
