import {
  type Clock,
  type OutputRecord,
  type RecordWriter,
  StreamError,
  systemClock,
} from '@fineprint/stream-runtime';
import type { Spool } from './spool.ts';

export interface SpoolingOptions {
  /** Without an acknowledgement for so long, Kafka is taken for away. */
  readonly failoverMs: number;
  /** Between tries to write what is spooled. */
  readonly retryMs: number;
  readonly maxBatchRecords: number;
  /** With so little left to write, a new write waits for it and goes to Kafka itself. */
  readonly handoverBytes: number;
  readonly onChange: (to: 'spooling' | 'direct', why?: unknown) => void;
  readonly onRetry: (error: unknown) => void;
  readonly onSpooled: (records: number) => void;
  readonly onDrained: (records: number) => void;
  /** A record that Kafka will never take. */
  readonly onRefused: (error: StreamError) => void;
  readonly clock?: Clock;
}

/** A writer that has a second place to go. */
export interface SpoolingWriter extends RecordWriter {
  /** Something waits on disk for Kafka. */
  isSpooling(): boolean;
}

/**
 * Writes to Kafka; while it does not answer, to the spool, in order. A write resolves once its records are durable in one
 * of the two. What Kafka may have taken although it did not say so is spooled too: the scrubber knows it by its event id.
 *
 * Calls must not overlap: `createBatchingWriter` with one batch in flight stands before it. So order is simple: as long as
 * anything is spooled, what comes later is spooled behind it.
 */
export function createSpoolingWriter(
  kafka: RecordWriter,
  spool: Spool,
  options: SpoolingOptions,
): SpoolingWriter {
  const clock = options.clock ?? systemClock;
  let spooling = spool.backlogBytes() > 0;
  let closed = false;
  /** A write to Kafka that was given up and may still arrive: nothing that follows it may overtake it. */
  let unsettled: Promise<unknown> = Promise.resolve();
  let draining: Promise<void> | null = null;
  /** Kafka took the last batch of the spool: the rest will not be long. */
  let isCatchingUp = false;
  let wake: (() => void) | null = null;

  const writeToKafka = async (records: readonly OutputRecord[]): Promise<void> => {
    const write = kafka.write(records);
    unsettled = write.catch(() => undefined); // told to whoever waits below, or given up
    await withinMs(write, options.failoverMs, clock);
  };

  const append = async (records: readonly OutputRecord[]): Promise<void> => {
    await spool.append(records);
    options.onSpooled(records.length);
    startDraining();
  };

  /** Writes a batch; one that Kafka refuses for its content must not hold up the others. */
  const drainBatch = async (records: readonly OutputRecord[]): Promise<void> => {
    try {
      await writeToKafka(records);
    } catch (error) {
      if (isRetriable(error)) throw error;
      if (records.length === 1) options.onRefused(error as StreamError);
      else for (const record of records) await drainBatch([record]);
    }
  };

  const drain = async (): Promise<void> => {
    while (!closed) {
      try {
        await unsettled;
        const batch = await spool.read(options.maxBatchRecords);
        if (batch === null) return;
        await drainBatch(batch.records);
        isCatchingUp = true;
        await batch.release();
        options.onDrained(batch.records.length);
      } catch (error) {
        isCatchingUp = false;
        options.onRetry(error);
        await new Promise<void>((resolve) => {
          const cancel = clock.after(options.retryMs, resolve);
          wake = () => {
            cancel();
            resolve();
          };
        });
      }
    }
  };

  const startDraining = (): void => {
    draining ??= drain().finally(() => {
      draining = null;
      // An append may have ended between the last look and now.
      if (!closed && spool.backlogBytes() > 0) startDraining();
    });
  };

  /** Whether everything spooled is in Kafka now. With little left, waits for the rest. */
  const isDrained = async (): Promise<boolean> => {
    const leftBytes = spool.backlogBytes();
    if (leftBytes > 0 && (!isCatchingUp || leftBytes > options.handoverBytes)) return false;
    const done = draining?.then(() => true) ?? Promise.resolve(true);
    return (await orAfterMs(done, options.failoverMs, false, clock)) && spool.backlogBytes() === 0;
  };

  if (spooling) startDraining();

  return {
    isSpooling: () => spooling && spool.backlogBytes() > 0,
    async write(records) {
      if (closed) throw new StreamError('closed', 'the writer has been closed');
      if (spooling) {
        if (!(await isDrained())) return append(records);
        spooling = false;
        options.onChange('direct');
      }
      try {
        await writeToKafka(records);
      } catch (error) {
        if (!isRetriable(error)) throw error;
        spooling = true;
        options.onChange('spooling', error);
        await append(records);
      }
    },
    async close() {
      closed = true;
      wake?.();
      await draining;
      await kafka.close();
      await spool.close();
    },
  };
}

const isRetriable = (error: unknown): boolean => error instanceof StreamError && error.retriable;

/** Rejects when it takes longer; the operation goes on. */
async function withinMs(operation: Promise<void>, ms: number, clock: Clock): Promise<void> {
  const late = Symbol('late');
  const outcome = await orAfterMs<unknown>(operation, ms, late, clock);
  if (outcome === late) {
    throw new StreamError('write_failed', `Kafka did not acknowledge within ${ms} ms`, { retriable: true });
  }
}

async function orAfterMs<T>(operation: Promise<T>, ms: number, otherwise: T, clock: Clock): Promise<T> {
  let cancel: () => void = () => undefined;
  const late = new Promise<T>((resolve) => {
    cancel = clock.after(ms, () => resolve(otherwise));
  });
  try {
    return await Promise.race([operation, late]);
  } finally {
    cancel();
  }
}
