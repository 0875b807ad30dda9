import { randomBytes } from 'node:crypto';
import {
  type AiCalls,
  type Calls,
  createAiCalls,
  createCalls,
  createIds,
  type Draft,
  Outbox,
  type Outcome,
  outcomeError,
  SdkError,
  toQueuedEvent,
} from '@fineprint/sdk-core';
import { Admission } from './admission.ts';
import { DiskQueue } from './disk-queue.ts';
import { type NodeOptions, readOptions, type Settings } from './options.ts';
import { memoryQueue, type Queue } from './queue.ts';
import { createSender } from './send.ts';

/**
 * The id of the event once it is kept (on disk, with a folder for it), or null where `allow` said no. A rejection holds an
 * SdkError; a promise that nobody looks at ends no process.
 */
export type Recorded = Promise<string | null>;

export interface NodeAnalytics {
  readonly analytics: Calls<Recorded>;
  readonly aiAnalyticsService: AiCalls<Recorded>;
  /** Sends what waits; false where that took longer. */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Takes no more, sends what waits, and lets go of the folder. Events left in a folder are sent by the next process. */
  close(timeoutMs?: number): Promise<{ readonly undelivered: number }>;
  stats(): NodeStats;
}

export interface NodeStats {
  readonly delivered: number;
  readonly queued: number;
  /** `allow` said no. */
  readonly blocked: number;
  /** Given up: refused by the gateway, or too old. */
  readonly lost: number;
}

const DAY_MS = 86_400_000;
const BATCH = { batchEvents: 500, batchBytes: 1_048_576, maxAgeMs: 6 * DAY_MS };
/** The gateway's own bound. */
const MAX_EVENT_BYTES = 900_000;
const LIBRARY = { name: 'fineprint-node', version: '0.1.0' };
const FLUSH_TIMEOUT_MS = 10_000;

export function createAnalytics(options: NodeOptions): NodeAnalytics {
  const settings = readOptions(options);
  const counts = { delivered: 0, blocked: 0, lost: 0 };
  const tell = createTeller(settings);
  const queue = openQueue(settings, tell);
  const pending = new Set<Promise<unknown>>();
  let closing: Promise<{ undelivered: number }> | undefined;

  const report = (outcome: Outcome) => {
    if (outcome.kind === 'delivered') {
      counts.delivered += outcome.events - outcome.rejected;
      counts.lost += outcome.rejected;
    } else if (outcome.kind === 'lost') counts.lost += outcome.events;
    const error = outcomeError(outcome);
    if (error !== undefined) tell(error);
  };
  const outbox = new Outbox(
    {
      send: createSender(settings),
      remove: (events) => {
        queue.remove(events.length);
        admission.admit();
      },
      report,
      nowMs: Date.now,
      random: Math.random,
      later,
    },
    {
      ...BATCH,
      ...{ maxEvents: settings.maxQueuedEvents, maxBytes: settings.maxQueuedBytes },
      ...{ lingerMs: settings.lingerMs, baseDelayMs: settings.baseDelayMs, maxDelayMs: settings.maxDelayMs },
    },
  );
  const admission: Admission = new Admission(outbox.hasRoom.bind(outbox), settings.whenFull);
  if (queue.restored.length > 0) outbox.adopt(queue.restored);

  const record = async (draft: Draft): Recorded => {
    if (closing !== undefined) throw closed();
    if (settings.allow?.(draft.about) === false) {
      counts.blocked++;
      return null;
    }
    const nowMs = Date.now();
    const stamp = { id: newId(), nowMs, about: { context: { library: LIBRARY } } };
    const event = toQueuedEvent(draft, { ...stamp, maxBytes: MAX_EVENT_BYTES });
    await admission.enter(event.bytes);
    try {
      await queue.put(event);
      outbox.add(event);
    } finally {
      admission.leave(event.bytes);
    }
    return event.id;
  };
  const emit = (draft: Draft): Recorded => {
    const recorded = record(draft);
    // Whoever waits for it sees the error; whoever does not is not ended by it.
    const settled = recorded.then(
      () => undefined,
      () => undefined,
    );
    pending.add(settled);
    void settled.then(() => pending.delete(settled));
    return recorded;
  };
  const drain = async () => {
    while (pending.size > 0 || outbox.size > 0) {
      await Promise.all([...pending]);
      await outbox.flush();
    }
  };
  const flush = (timeoutMs: number = FLUSH_TIMEOUT_MS) => within(drain(), timeoutMs);

  const close = async (timeoutMs?: number) => {
    await flush(timeoutMs);
    admission.close(closed());
    await Promise.all([...pending]);
    const undelivered = outbox.size;
    outbox.clear();
    await queue.close();
    return { undelivered };
  };

  return {
    analytics: createCalls(emit),
    aiAnalyticsService: createAiCalls(emit),
    flush,
    close(timeoutMs) {
      closing ??= close(timeoutMs);
      return closing;
    },
    stats: () => ({ ...counts, queued: outbox.size }),
  };
}

const newId = createIds(Date.now, randomBytes);

const closed = () => new SdkError('closed', 'This client was closed: make another one.');

function openQueue({ queueDirectory: directory, fsync }: Settings, tell: (error: SdkError) => void): Queue {
  if (directory === undefined) return memoryQueue;
  return new DiskQueue({
    ...{ directory, fsync },
    onDamage: (lines) =>
      tell(new SdkError('queue_damaged', `${lines} lines in ${directory} cannot be read and were left out.`)),
    onFailure: (cause) =>
      tell(new SdkError('queue_write_failed', `Something in ${directory} was not written.`, { cause })),
  });
}

function createTeller({ onError }: Settings) {
  return ({ code, message }: SdkError) => {
    try {
      onError?.(code, message);
    } catch {
      // Not ours to end a process with.
    }
  };
}

/** A short program ends when its events are sent; one whose gateway is away does not wait for it. */
function later(delayMs: number, isRetry: boolean, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  if (isRetry) timer.unref();
  return () => clearTimeout(timer);
}

/** Whether work ended in time. */
async function within(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
