import kafkajs, { type Kafka, type Message } from 'kafkajs';
import { StreamError } from '../errors.ts';
import type { OutputRecord, RecordWriter } from '../ports.ts';

/** Node sees only some of this CommonJS package's names as exports of their own. */
const { KafkaJSError, KafkaJSProtocolError, Partitioners } = kafkajs;

export interface WriterOptions {
  /** How long a write may take, retries included, before it is given up. */
  readonly deliveryTimeoutMs: number;
}

const DEFAULTS: WriterOptions = { deliveryTimeoutMs: 30_000 };
const ACKS_ALL = -1;
const MIN_REQUEST_TIMEOUT_MS = 1_000;

/** An idempotent producer: the broker drops what a retry repeats, and acknowledges once all in-sync replicas have it. */
export async function createKafkaWriter(
  kafka: Kafka,
  options: Partial<WriterOptions> = {},
): Promise<RecordWriter> {
  const { deliveryTimeoutMs } = { ...DEFAULTS, ...options };
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    // Java's murmur2 placement, so that records published by other clients keep their key's partition.
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 8 },
  });
  await producer.connect();
  let closed = false;

  return {
    async write(records) {
      if (closed) throw new StreamError('closed', 'the writer has been closed');
      if (records.length === 0) return;
      const sent = producer.sendBatch({
        acks: ACKS_ALL,
        timeout: Math.max(MIN_REQUEST_TIMEOUT_MS, deliveryTimeoutMs),
        topicMessages: byTopic(records),
      });
      try {
        await withTimeout(sent, deliveryTimeoutMs);
      } catch (error) {
        throw asStreamError(error);
      }
    },
    async close() {
      closed = true;
      await producer.disconnect();
    },
  };
}

function byTopic(records: readonly OutputRecord[]): { topic: string; messages: Message[] }[] {
  const groups = new Map<string, Message[]>();
  for (const record of records) {
    let messages = groups.get(record.topic);
    if (messages === undefined) {
      messages = [];
      groups.set(record.topic, messages);
    }
    messages.push(toMessage(record));
  }
  return Array.from(groups, ([topic, messages]) => ({ topic, messages }));
}

function toMessage(record: OutputRecord): Message {
  const message: Message = { key: record.key, value: record.value };
  if (record.headers !== undefined) message.headers = { ...record.headers };
  if (record.partition !== undefined) message.partition = record.partition;
  if (record.timestampMs !== undefined) message.timestamp = String(record.timestampMs);
  return message;
}

/** The write itself cannot be called back; it may still succeed, which is why a caller may only repeat, never assume. */
async function withTimeout(sent: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new StreamError('write_failed', `Kafka did not acknowledge within ${timeoutMs} ms`, {
            retriable: true,
          }),
        ),
      timeoutMs,
    );
  });
  try {
    await Promise.race([sent, timedOut]);
  } finally {
    clearTimeout(timer);
    sent.catch(() => undefined); // its outcome has been reported, or is unknown and reported as such
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
