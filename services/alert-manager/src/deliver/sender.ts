import { randomUUID } from 'node:crypto';
import { readDefinition } from '@fineprint/alert-store';
import { createBackoff } from '@fineprint/destinations';
import type { Pool } from 'pg';
import type { AlertMetrics } from '../metrics.ts';
import { attemptRecord } from './attempt.ts';
import type { Answer } from './channel.ts';
import { failed } from './channel.ts';
import type { Channels } from './channels.ts';
import { type Choice, claimMessage, type Ending, endAttempt, type Message } from './messages.ts';

export interface SenderOptions {
  readonly pool: Pool;
  readonly channels: Channels;
  readonly metrics: Pick<AlertMetrics, 'attempts'>;
  readonly sendTimeoutMs: number;
  readonly giveUpMs: number;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/** Sends what is due. A receiver that is slow or away holds up no other one: each has a turn of its own. */
export interface Sender {
  /** Begins to send what is due; resolves once nothing more can be begun. */
  sendDue(): Promise<void>;
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

const MAX_UNDER_WAY = 16;
/** Who sends and says nothing for so much longer than an attempt may take has died. */
const LEASE_GRACE_MS = 10_000;
const LONGEST_WAIT_MS = 300_000;

export function createSender(options: SenderOptions): Sender {
  const { pool, sendTimeoutMs } = options;
  const underWay = new Map<string, Promise<void>>();
  let stopped = false;
  const claim = (choice: Choice) => claimMessage(pool, randomUUID(), sendTimeoutMs + LEASE_GRACE_MS, choice);
  const sendTo = async (first: Message): Promise<void> => {
    let message: Message | null = first;
    while (message !== null) {
      await attempt(options, message);
      message = stopped ? null : await claim({ only: first.receiver });
    }
  };
  return {
    async sendDue() {
      while (!stopped && underWay.size < MAX_UNDER_WAY) {
        const message = await claim({ not: [...underWay.keys()] });
        if (message === null) return;
        const sending = sendTo(message)
          .catch(options.onError) // its lease runs out, and it is sent again
          .finally(() => underWay.delete(message.receiver));
        underWay.set(message.receiver, sending);
      }
    },
    async stop() {
      stopped = true;
      await Promise.all(underWay.values());
    },
  };
}

async function attempt(
  { pool, channels, metrics, ...options }: SenderOptions,
  message: Message,
): Promise<void> {
  const startedMs = options.nowMs();
  const stored = await readDefinition(pool, 'receiver', message.receiver);
  const channel = stored?.value.target.type ?? 'none';
  const answer =
    stored === null
      ? failed('receiver_gone')
      : await channels[stored.value.target.type].send(message, stored.value);
  const endedMs = options.nowMs();
  const ending = endingOf(answer, message, {
    nowMs: endedMs,
    giveUpMs: options.giveUpMs,
    random: options.random(),
  });
  const outcome = ending.state === 'pending' ? 'failed' : ending.state;
  const record = attemptRecord({
    delivery_id: message.deliveryId,
    receiver: message.receiver,
    channel,
    outcome,
    attempt: message.attempt,
    alert_ids: message.alerts.map((alert) => alert.alert_id),
    status: answer.status,
    error_code: answer.ok ? null : answer.code,
    silence_id: null,
    duration_ms: Math.max(0, Math.round(endedMs - startedMs)),
    occurred_at: endedMs,
  });
  if (await endAttempt(pool, message, ending, record)) metrics.attempts.inc({ channel, outcome });
}

/** What an answer means for a message. Pure. */
export function endingOf(
  answer: Answer,
  message: Pick<Message, 'attempt' | 'createdAtMs'>,
  at: { readonly nowMs: number; readonly giveUpMs: number; readonly random: number },
): Ending {
  if (answer.ok) return { state: 'delivered' };
  const error = answer.status === null ? answer.code : `${answer.code} ${answer.status}`;
  // Also what looks final is tried again: whoever mends the receiver's settings is to hear of it.
  const isOver = answer.code === 'receiver_gone' || at.nowMs - message.createdAtMs >= at.giveUpMs;
  if (isOver) return { state: 'given_up', error };
  const waitMs = createBackoff(() => at.random, LONGEST_WAIT_MS)(message.attempt);
  return { state: 'pending', error, waitMs: Math.max(answer.retryAfterMs ?? 0, waitMs) };
}
