import { createAccount } from './account.ts';
import { CLAIMED_EVENT, CLAIMED_HEADER } from './claimed.ts';
import { extended, type LedgerWriter, type PlacedWork } from './ledger.ts';
import type { AcknowledgedRun, Clock } from './ports.ts';
import { recordIdOf } from './record-id.ts';

/** Tells the ledger what a node without input topics wrote, as Kafka acknowledged it. Holds up nobody. */
export interface Claims {
  /** A writer's `onAcknowledged`. */
  readonly acknowledged: (runs: readonly AcknowledgedRun[]) => void;
  /** Writes what is left, one try; what fails then is never claimed. */
  close(): Promise<void>;
}

export interface ClaimsOptions {
  readonly ledger: LedgerWriter;
  readonly clock: Clock;
  /** Acknowledgements are gathered for so long. */
  readonly intervalMs: number;
  /** Runs that may wait while Kafka is away; further ones are never claimed. */
  readonly maxWaiting: number;
  readonly onError: (error: unknown) => void;
  /** Records that were written and will not be claimed: a reader's books show them as unconfirmed. */
  readonly onForgotten: (records: number) => void;
}

export const CLAIM_DEFAULTS = { intervalMs: 250, maxWaiting: 10_000 } as const;

/** A claim is made of acknowledged records only, so one that cannot be written makes a writer's word smaller, never false. */
export function createClaims(options: ClaimsOptions): Claims {
  const { ledger, clock } = options;
  let waiting: PlacedWork[] = [];
  let cancelTimer: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  const write = async () => {
    const works = waiting;
    waiting = [];
    if (works.length === 0) return;
    try {
      await ledger.write(works);
    } catch (error) {
      options.onError(error);
      waiting = [...works, ...waiting];
      arm();
    }
  };

  const flush = () => {
    cancelTimer?.();
    cancelTimer = undefined;
    running = running.then(write);
    return running;
  };

  const arm = () => {
    if (!closed) cancelTimer ??= clock.after(options.intervalMs, () => void flush());
  };

  const add = (run: AcknowledgedRun) => {
    const work = workOf(run, clock.nowMs());
    const before = waiting.findLastIndex((w) => w.topic === work.topic && w.partition === work.partition);
    const last = waiting[before];
    if (last !== undefined && last.nextOffset === work.firstOffset) {
      last.account.merge(work.account);
      const { topic, partition } = last;
      waiting[before] = { ...extended(last, { ...work, account: last.account }), topic, partition };
    } else if (waiting.length < options.maxWaiting) waiting.push(work);
    else options.onForgotten(run.records.length);
  };

  return {
    acknowledged(runs) {
      for (const run of runs) if (isClaimed(run)) add(run);
      if (waiting.length > 0) arm();
    },
    async close() {
      closed = true;
      await flush();
      const forgotten = waiting.reduce((sum, w) => sum + w.account.taken.records, 0);
      if (forgotten > 0) options.onForgotten(forgotten);
    },
  };
}

const isClaimed = ({ records }: AcknowledgedRun) => records[0]?.headers?.[CLAIMED_HEADER] !== undefined;

function workOf({ topic, partition, firstOffset, records }: AcknowledgedRun, nowMs: number): PlacedWork {
  const account = createAccount();
  let firstTimeMs = nowMs;
  for (const { value, headers, timestampMs } of records) {
    const id = recordIdOf(value);
    const as = headers?.[CLAIMED_HEADER]?.toString() ?? CLAIMED_EVENT;
    account.take(id);
    if (as === CLAIMED_EVENT) account.add('published', topic, id);
    else account.add('dead_lettered', as, id);
    if (timestampMs !== undefined && timestampMs < firstTimeMs) firstTimeMs = timestampMs;
  }
  const nextOffset = firstOffset + records.length;
  return { topic, partition, firstOffset, nextOffset, firstTimeMs, lastTimeMs: nowMs, account };
}
