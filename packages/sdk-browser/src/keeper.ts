import { type Answer, type Batch, Outbox, type Outcome, type QueuedEvent } from '@fineprint/sdk-core';
import { createEventStore } from './event-store.ts';
import { createPageLock } from './page-lock.ts';

export interface KeeperOptions {
  /** Of the database and the locks. */
  readonly name: string;
  /** This page. */
  readonly owner: string;
  readonly lingerMs: number;
  readonly send: (batch: Batch, isPageHidden: boolean, signal: AbortSignal) => Promise<Answer>;
  readonly report: (outcome: Outcome) => void;
}

/** Keeps events until the gateway has them: in memory, and on disk for the page that comes after a reload or a crash. */
export interface Keeper {
  readonly size: () => number;
  add(event: QueuedEvent): void;
  /** Sends what pages that are gone have left. */
  adopt(): void;
  flush(): Promise<void>;
  retryNow(): void;
  setHidden(isHidden: boolean): void;
  /** Gives up everything, on disk too. */
  discard(): void;
}

const DAY_MS = 86_400_000;

/** Two requests of this size stay below what a browser lets a page send while it is being closed. */
const BATCH_BYTES = 30_000;

export const LIMITS = {
  ...{ maxEvents: 1_000, maxBytes: 2_000_000, maxAgeMs: 6 * DAY_MS },
  ...{ batchEvents: 100, batchBytes: BATCH_BYTES, baseDelayMs: 1_000, maxDelayMs: 60_000 },
};

export function createKeeper({ name, owner, lingerMs, send, report }: KeeperOptions): Keeper {
  const store = createEventStore(name);
  const lock = createPageLock(`${name}:`, owner);
  let stop = new AbortController();
  let isPageHidden = false;
  const unwritten: QueuedEvent[] = [];
  let work: Promise<void> = Promise.resolve();
  /** One after another, so that no event is removed before it is written. A disk that fails leaves the events in memory. */
  const next = (step: () => Promise<void>) => {
    work = work.then(step).catch(() => undefined);
  };

  const outbox = new Outbox(
    {
      send: (batch) => send(batch, isPageHidden, stop.signal),
      remove: (events) =>
        next(async () => {
          await store.remove(events.map((e) => e.id));
          if (outbox.size === 0) lock.release();
        }),
      report,
      nowMs: Date.now,
      random: Math.random,
      later: (delayMs, _isRetry, run) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    { ...LIMITS, lingerMs },
  );

  const takeFrom = async (other: string) => {
    await lock.hold();
    const limit = LIMITS.maxEvents - outbox.size;
    outbox.adopt(limit > 0 ? await store.takeOver(other, owner, limit) : []);
  };

  return {
    size: () => outbox.size,
    add(event) {
      outbox.add(event);
      unwritten.push(event);
      // Many calls in a row are one transaction.
      if (unwritten.length > 1) return;
      next(async () => {
        // Withdrawn meanwhile.
        if (unwritten.length === 0) return;
        await lock.hold();
        await store.put(unwritten.splice(0), owner);
      });
    },
    adopt: () =>
      next(async () => {
        for (const other of await store.owners())
          if (other !== owner) await lock.ifGone(other, () => takeFrom(other));
        if (outbox.size === 0) lock.release();
      }),
    flush: () => outbox.flush(),
    retryNow: () => outbox.retryNow(),
    setHidden(isHidden) {
      isPageHidden = isHidden;
      if (isHidden) outbox.sendAtOnce();
    },
    discard() {
      stop.abort();
      stop = new AbortController();
      outbox.clear();
      unwritten.length = 0;
      next(async () => {
        await store.destroy();
        lock.release();
      });
    },
  };
}
