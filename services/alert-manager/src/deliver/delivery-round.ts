import type { Pool } from 'pg';
import type { AlertMetrics } from '../metrics.ts';
import { formMessages } from './form-messages.ts';
import { forgetOld, readPending } from './messages.ts';
import type { Sender } from './sender.ts';

const POLL_MS = 500;
const FORGET_EVERY_MS = 3_600_000;

export interface DeliveryPorts {
  readonly pool: Pool;
  readonly sender: Sender;
  readonly metrics: AlertMetrics;
  readonly onUnreadable: (name: string) => void;
}

/** Makes messages of what waits, and begins to send what is due. Resolves with how long to wait for the next. */
export function createDeliveryRound({
  pool,
  sender,
  metrics,
  onUnreadable,
}: DeliveryPorts): () => Promise<number> {
  let forgotAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    metrics.silenced.inc((await formMessages(pool, onUnreadable)).silenced);
    await sender.sendDue();
    const pending = await readPending(pool);
    metrics.pending.set(pending.messages);
    metrics.oldestSeconds.set(pending.oldestSeconds);
    if (performance.now() - forgotAtMs > FORGET_EVERY_MS) {
      await forgetOld(pool);
      forgotAtMs = performance.now();
    }
    return POLL_MS;
  };
}
