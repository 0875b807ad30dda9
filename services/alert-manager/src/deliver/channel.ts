import type { Receiver } from '@fineprint/alert-rules';
import type { Message } from './messages.ts';

/** How an attempt to deliver ended. Nothing that the other side said in words is kept: it may hold anything. */
export type Answer =
  | { readonly ok: true; readonly status: number | null }
  | {
      readonly ok: false;
      readonly status: number | null;
      readonly code: DeliveryError;
      readonly retryAfterMs: number | null;
    };

/** Why something was not delivered. Stable. */
export type DeliveryError =
  | 'unreachable' // refused, cut off, or its name is not known
  | 'timeout'
  | 'refused_address' // its address is not public, and only those may be sent to
  | 'http_status' // it answered, and not with 2xx
  | 'smtp_refused' // the mail server refused sender, recipient or message
  | 'smtp_auth' // the mail server refused us
  | 'smtp_not_configured'
  | 'receiver_gone'
  | 'internal';

/** A way to tell somebody. Never rejects for what the other side does. */
export interface Channel {
  send(message: Message, receiver: Receiver): Promise<Answer>;
}

export const failed = (
  code: DeliveryError,
  status: number | null = null,
  retryAfterMs: number | null = null,
): Answer => ({
  ok: false,
  status,
  code,
  retryAfterMs,
});
