import { StreamError } from './errors.ts';
import { type Clock, type OutputRecord, type RecordWriter, systemClock } from './ports.ts';

export interface BatchingOptions {
  /** How long a batch waits at most for as many callers as the one before it had; a lone caller waits for nobody. */
  readonly lingerMs: number;
  readonly maxBatchBytes: number;
  readonly maxBatchRecords: number;
  /** Bytes waiting or under way, beyond which writes are refused. */
  readonly maxQueuedBytes: number;
  /** Batches under way at once. One keeps the order of a key that spans batches. */
  readonly maxInFlight: number;
  readonly clock?: Clock;
}

/** Gathers many callers' records into large writes. */
export interface BatchingWriter {
  /** Resolves once all are acknowledged. Rejects with StreamError `overloaded` at once when the queue is full. */
  write(records: readonly OutputRecord[]): Promise<void>;
  queuedBytes(): number;
  /** Sends what waits, then resolves; further writes are refused. */
  close(): Promise<void>;
}

interface Entry {
  readonly records: readonly OutputRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const RECORD_OVERHEAD_BYTES = 64;

const sizeOf = (records: readonly OutputRecord[]) =>
  records.reduce((sum, r) => sum + (r.value?.length ?? 0) + (r.key?.length ?? 0) + RECORD_OVERHEAD_BYTES, 0);

/** A request's records stay together: they are acknowledged or refused as one. */
export function createBatchingWriter(writer: RecordWriter, options: BatchingOptions): BatchingWriter {
  let waiting: Entry[] = [];
  let waitingBytes = 0;
  let waitingRecords = 0;
  let queuedBytes = 0;
  let inFlight = 0;
  const clock = options.clock ?? systemClock;
  let cancelTimer: (() => void) | undefined;
  let timerMs = Number.POSITIVE_INFINITY;
  /** Callers of the batch before. */
  let company = 0;
  let closed = false;
  let whenIdle: (() => void) | undefined;

  const full = () => waitingBytes >= options.maxBatchBytes || waitingRecords >= options.maxBatchRecords;

  const disarm = () => {
    cancelTimer?.();
    cancelTimer = undefined;
    timerMs = Number.POSITIVE_INFINITY;
  };

  const arm = (ms: number) => {
    if (ms >= timerMs) return;
    disarm();
    timerMs = ms;
    cancelTimer = clock.after(ms, () => void send());
  };

  const send = async () => {
    disarm();
    const batch = waiting;
    company = batch.length;
    const batchBytes = waitingBytes;
    waiting = [];
    waitingBytes = 0;
    waitingRecords = 0;
    inFlight++;
    try {
      await writer.write(batch.flatMap((e) => e.records));
      for (const entry of batch) entry.resolve();
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      inFlight--;
      queuedBytes -= batchBytes;
      schedule();
    }
  };

  /** Invariant: whatever waits is either under a timer or behind a batch under way, whose end calls this again. */
  const schedule = () => {
    if (waiting.length === 0) {
      if (inFlight === 0) whenIdle?.();
      return;
    }
    if (inFlight >= options.maxInFlight) return;
    if (full() || closed) void send();
    else arm(waiting.length >= company ? 0 : options.lingerMs);
  };

  return {
    write(records) {
      if (closed) return Promise.reject(new StreamError('closed', 'the writer has been closed'));
      if (records.length === 0) return Promise.resolve();
      const bytes = sizeOf(records);
      if (queuedBytes + bytes > options.maxQueuedBytes && queuedBytes > 0) {
        return Promise.reject(
          new StreamError('overloaded', `${queuedBytes} bytes wait for Kafka; try again later`, {
            retriable: true,
          }),
        );
      }
      return new Promise((resolve, reject) => {
        waiting.push({ records, bytes, resolve, reject });
        waitingBytes += bytes;
        waitingRecords += records.length;
        queuedBytes += bytes;
        schedule();
      });
    },
    queuedBytes: () => queuedBytes,
    close() {
      closed = true;
      return new Promise((resolve) => {
        whenIdle = resolve;
        disarm();
        schedule();
      });
    },
  };
}
