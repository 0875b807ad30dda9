import { createHmac } from 'node:crypto';
import { signature } from '@fineprint/destinations';

/** A receiver's own secret, as the Standard Webhooks specification writes it. One that leaks signs for nobody else. */
export function receiverSecret(signingKey: string, receiver: string): string {
  return `whsec_${createHmac('sha256', signingKey).update(`webhook:${receiver}`).digest('base64')}`;
}

/** Headers by which a receiver knows who sent it, when, and whether it has it already: Standard Webhooks. */
export function signedHeaders(
  secret: string,
  id: string,
  nowMs: number,
  body: string,
): Record<string, string> {
  const seconds = Math.floor(nowMs / 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature(secret, id, seconds, body)}`,
  };
}
