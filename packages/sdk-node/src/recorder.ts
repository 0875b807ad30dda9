import { randomBytes } from 'node:crypto';
import {
  createIds,
  type Draft,
  Outbox,
  type Outcome,
  outcomeError,
  SdkError,
  toQueuedEvent,
} from '@fineprint/sdk-core';
import { Admission } from './admission.ts';
import { openQueue } from './open-queue.ts';
import type { Settings } from './options.ts';
import type { Queue } from './queue.ts';
import { createSender } from './send.ts';

/**
 * The id of the event once it is kept (on disk, with a folder for it), or null where `allow` said no. A rejection holds an
 * SdkError; a promise that nobody looks at ends no process.
 */
export type Recorded = Promise<string | null>;

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

const newId = createIds(Date.now, randomBytes);

/** From a call to the gateway: consent, room, the queue, the outbox. */
export class Recorder {
  readonly #settings: Settings;
  readonly #queue: Queue;
  readonly #outbox: Outbox;
  readonly #admission: Admission;
  readonly #pending = new Set<Promise<void>>();
  readonly #counts = { delivered: 0, blocked: 0, lost: 0 };
  #closing: Promise<{ undelivered: number }> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#queue = openQueue(settings, (error) => this.#tell(error));
    const {
      maxQueuedEvents: maxEvents,
      maxQueuedBytes: maxBytes,
      lingerMs,
      baseDelayMs,
      maxDelayMs,
    } = settings;
    this.#outbox = new Outbox(
      {
        send: createSender(settings),
        remove: (events) => {
          this.#queue.remove(events.length);
          this.#admission.admit();
        },
        report: (outcome) => this.#report(outcome),
        nowMs: Date.now,
        random: Math.random,
        later,
      },
      { ...BATCH, maxEvents, maxBytes, lingerMs, baseDelayMs, maxDelayMs },
    );
    this.#admission = new Admission(this.#outbox.hasRoom.bind(this.#outbox), settings.whenFull);
    if (this.#queue.restored.length > 0) this.#outbox.adopt(this.#queue.restored);
  }

  record(draft: Draft): Recorded {
    const recorded = this.#record(draft);
    // Whoever waits for it sees the error; whoever does not is not ended by it.
    const settled = recorded.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.add(settled);
    void settled.then(() => this.#pending.delete(settled));
    return recorded;
  }

  flush(timeoutMs: number): Promise<boolean> {
    return within(this.#drain(), timeoutMs);
  }

  close(timeoutMs: number): Promise<{ undelivered: number }> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  stats(): NodeStats {
    return { ...this.#counts, queued: this.#outbox.size };
  }

  async #record(draft: Draft): Recorded {
    if (this.#closing !== undefined) throw closed();
    if (this.#settings.allow?.(draft.about) === false) {
      this.#counts.blocked++;
      return null;
    }
    // Made before anything is waited for: what the caller changes afterwards changes no event.
    const stamp = { id: newId(), nowMs: Date.now(), about: { context: { library: LIBRARY } } };
    const event = toQueuedEvent(draft, { ...stamp, maxBytes: MAX_EVENT_BYTES });
    await this.#admission.enter(event.bytes);
    try {
      await this.#queue.put(event);
      this.#outbox.add(event);
    } finally {
      this.#admission.leave(event.bytes);
    }
    return event.id;
  }

  async #drain(): Promise<void> {
    while (this.#pending.size > 0 || this.#outbox.size > 0) {
      await Promise.all([...this.#pending]);
      await this.#outbox.flush();
    }
  }

  async #close(timeoutMs: number): Promise<{ undelivered: number }> {
    await this.flush(timeoutMs);
    this.#admission.close(closed());
    await Promise.all([...this.#pending]);
    const undelivered = this.#outbox.size;
    this.#outbox.clear();
    await this.#queue.close();
    return { undelivered };
  }

  #report(outcome: Outcome): void {
    if (outcome.kind === 'delivered') {
      this.#counts.delivered += outcome.events - outcome.rejected;
      this.#counts.lost += outcome.rejected;
    } else if (outcome.kind === 'lost') this.#counts.lost += outcome.events;
    const error = outcomeError(outcome);
    if (error !== undefined) this.#tell(error);
  }

  #tell({ code, message }: SdkError): void {
    try {
      this.#settings.onError?.(code, message);
    } catch {
      // Not ours to end a process with.
    }
  }
}

const closed = () => new SdkError('closed', 'This client was closed: make another one.');

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
