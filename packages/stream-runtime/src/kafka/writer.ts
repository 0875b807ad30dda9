import kafkajs, { type Kafka, type Message, type Producer, type RecordMetadata } from 'kafkajs';
import { StreamError } from '../errors.ts';
import {
  type AcknowledgedRun,
  type Clock,
  type OutputRecord,
  type RecordWriter,
  systemClock,
} from '../ports.ts';
import { type Compression, compressionTypes, DEFAULT_COMPRESSION } from './compression.ts';
import { batchLimitBytes, planRequests, type Run, recordBytes } from './plan-requests.ts';

/** Node sees only some of this CommonJS package's names as exports of their own. */
const { KafkaJSError, KafkaJSProtocolError } = kafkajs;

export interface WriterOptions {
  /** How long a write may take, retries included, before it is given up. */
  readonly deliveryTimeoutMs: number;
  /** Before compression. */
  readonly maxRequestBytes: number;
  /** Of batches of a kilobyte and more. */
  readonly compression: Compression;
  /** Told of each request's records once all copies have them. Must not throw. */
  readonly onAcknowledged?: (runs: readonly AcknowledgedRun[]) => void;
  readonly clock: Clock;
}

const DEFAULTS: WriterOptions = {
  deliveryTimeoutMs: 30_000,
  maxRequestBytes: 8 << 20,
  compression: DEFAULT_COMPRESSION,
  clock: systemClock,
};
const ACKS_ALL = -1;

/** The part of a kafkajs producer that is used. */
export type ProducerLike = Pick<Producer, 'connect' | 'disconnect' | 'sendBatch'>;

interface Entry {
  readonly records: readonly OutputRecord[];
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createKafkaWriter(kafka: Kafka, options: Partial<WriterOptions> = {}): Promise<RecordWriter> {
  const newProducer = () =>
    kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      // Every message says its own; kafkajs' partitioner goes through all partitions for each.
      createPartitioner: () => (args) => args.message.partition ?? 0,
      // Unlimited, as kafkajs asks for with idempotence; `deliveryTimeoutMs` is the limit.
      retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
    });
  return createWriter(newProducer, options);
}

/**
 * An idempotent writer: the broker drops what a retry repeats, and acknowledges once all in-sync replicas have it.
 *
 * kafkajs rolls a partition's sequence number back when a request fails. If the broker had taken that request, the next
 * one under the same numbers looks like its repeat, and is acknowledged without being stored. So requests go out one at a
 * time (what waits meanwhile goes along with the next one), and after a failure the producer is thrown away: a new one
 * has a new identity and numbers of its own.
 */
export async function createWriter(
  newProducer: () => ProducerLike,
  options: Partial<WriterOptions> = {},
): Promise<RecordWriter> {
  const { deliveryTimeoutMs, maxRequestBytes, onAcknowledged, clock, ...rest } = { ...DEFAULTS, ...options };
  const compression = compressionTypes[rest.compression];
  let producer: ProducerLike | undefined = newProducer();
  await producer.connect();
  let waiting: Entry[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  const connected = async (): Promise<ProducerLike> => {
    if (producer !== undefined) return producer;
    const fresh = newProducer();
    await fresh.connect();
    producer = fresh;
    return fresh;
  };

  const discard = (spent: ProducerLike | undefined) => {
    producer = undefined;
    spent?.disconnect().catch(() => undefined); // whatever it still says, its writes were reported as unknown
  };

  const send = async (records: readonly OutputRecord[]) => {
    for (const request of planRequests(records, { maxRequestBytes })) {
      let used: ProducerLike | undefined;
      try {
        used = await withTimeout(connected(), deliveryTimeoutMs, clock);
        const sent = used.sendBatch({
          acks: ACKS_ALL,
          timeout: deliveryTimeoutMs,
          compression,
          topicMessages: byTopic(request),
        });
        const places = await withTimeout(sent, deliveryTimeoutMs, clock);
        onAcknowledged?.(acknowledgedRuns(request, places));
      } catch (error) {
        discard(used);
        throw asStreamError(error);
      }
    }
  };

  /** A clock that was set back says so too: the time is not known then. */
  const isLate = ({ sinceMs }: Entry) => {
    const waitedMs = clock.nowMs() - sinceMs;
    return waitedMs < 0 || waitedMs > deliveryTimeoutMs;
  };

  const settle = async (entries: readonly Entry[]) => {
    try {
      await send(together(entries));
      for (const entry of entries) entry.resolve();
    } catch (error) {
      if (entries.length > 1 && error instanceof StreamError && !error.retriable) {
        // One of them is to blame; the others must not suffer for it.
        for (const entry of entries) await settle([entry]);
      } else {
        for (const entry of entries) entry.reject(error);
      }
    }
  };

  const run = async () => {
    while (waiting.length > 0) {
      const entries = waiting;
      waiting = [];
      // What has waited for too long is not sent any more: its writer may have decided otherwise since.
      const [late, timely] = [entries.filter(isLate), entries.filter((e) => !isLate(e))];
      for (const entry of late) entry.reject(notWithin(deliveryTimeoutMs));
      if (timely.length > 0) await settle(timely);
    }
    running = undefined;
  };

  return {
    write(records) {
      if (closed) return Promise.reject(new StreamError('closed', 'the writer has been closed'));
      if (records.length === 0) return Promise.resolve();
      const tooLarge = records.find((r) => recordBytes(r) > batchLimitBytes(r));
      if (tooLarge !== undefined) {
        const message = `a record of ${recordBytes(tooLarge)} bytes exceeds what ${tooLarge.topic} takes`;
        return Promise.reject(new StreamError('record_too_large', message));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ records, sinceMs: clock.nowMs(), resolve, reject });
        running ??= run();
      });
    },
    async close() {
      closed = true;
      await running;
      await producer?.disconnect();
    },
  };
}

const NONE: readonly OutputRecord[] = [];

function together(entries: readonly Entry[]): readonly OutputRecord[] {
  return entries.length === 1 ? (entries[0]?.records ?? NONE) : entries.flatMap((e) => e.records);
}

/** Where Kafka put each partition's records of a request: one batch, so one run of offsets. */
function acknowledgedRuns(request: readonly Run[], places: readonly RecordMetadata[]): AcknowledgedRun[] {
  return places.flatMap((place): AcknowledgedRun[] => {
    const written = request.find((r) => r.topic === place.topicName && r.partition === place.partition);
    const firstOffset = Number(place.baseOffset ?? -1); // -1: a repeat whose place the broker has forgotten
    return written === undefined || firstOffset < 0 ? [] : [{ ...written, firstOffset }];
  });
}

function byTopic(request: readonly Run[]): { topic: string; messages: Message[] }[] {
  const groups = Map.groupBy(request, (run) => run.topic);
  return Array.from(groups, ([topic, runs]) => ({ topic, messages: runs.flatMap(toMessages) }));
}

function toMessages({ partition, records }: Run): Message[] {
  let timeMs: number | undefined;
  let timestamp = '';
  return records.map((record) => {
    const message: Message = { key: record.key, value: record.value, partition };
    if (record.headers !== undefined) message.headers = record.headers as Message['headers'] & {};
    if (record.timestampMs === undefined) return message;
    // Neighbours often share theirs.
    if (record.timestampMs !== timeMs) timestamp = String(record.timestampMs);
    timeMs = record.timestampMs;
    message.timestamp = timestamp;
    return message;
  });
}

const notWithin = (timeoutMs: number) =>
  new StreamError('write_failed', `Kafka did not acknowledge within ${timeoutMs} ms`, { retriable: true });

/** The operation itself cannot be called back; it may still succeed, so a caller may repeat, never assume. */
async function withTimeout<T>(operation: Promise<T>, timeoutMs: number, clock: Clock): Promise<T> {
  let cancel: () => void = () => undefined;
  const timedOut = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => reject(notWithin(timeoutMs)));
  });
  try {
    return await Promise.race([operation, timedOut]);
  } finally {
    cancel();
    operation.catch(() => undefined); // its outcome has been reported, or reported as unknown
  }
}

function asStreamError(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  const cause = error instanceof KafkaJSError && error.cause !== undefined ? error.cause : error;
  if (cause instanceof KafkaJSProtocolError && cause.type === 'MESSAGE_TOO_LARGE') {
    return new StreamError('record_too_large', 'Kafka refused a record as too large', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new StreamError('write_failed', `Kafka did not take the records: ${message}`, {
    cause: error,
    retriable: true,
  });
}
