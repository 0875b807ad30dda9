import type { PostReplay } from './gateway-way.ts';

const TIMEOUT_MS = 60_000;

export function createPostReplay(gatewayUrl: string, writeKey: string): PostReplay {
  return async ({ path, contentType, idempotencyKey, body }) => {
    try {
      const response = await fetch(`${gatewayUrl}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${writeKey}`,
          'content-type': contentType,
          'idempotency-key': idempotencyKey,
        },
        body: new Uint8Array(body),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      const { status, headers } = response;
      return { kind: 'http', status, retryAfter: headers.get('retry-after'), body: jsonOrNull(text) };
    } catch (error) {
      return { kind: 'network', reason: error instanceof Error ? error.message : String(error) };
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
