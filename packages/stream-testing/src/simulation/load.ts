import type { RecordEncoder } from '@fineprint/stream-runtime';
import type { RecordOf, TopicName } from '@fineprint/topology';
import { sampleAiFeedback, sampleAiRequest, sampleConsentUpdate, sampleProductEvent } from '../samples.ts';
import type { Plan } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import { EPOCH_MS } from './sim-process.ts';

/** Personal data that is planted ends like this; past the scrubber nobody may see it. */
export const MARKER = '.planted@example.com';
export const EVENT_NAMES = ['view', 'cart', 'buy'] as const;
export const RAW_TOPICS = [
  'product.events.raw',
  'ai.requests.raw',
  'ai.feedback.raw',
  'consent.updates',
] as const satisfies readonly TopicName[];
type RawTopic = (typeof RAW_TOPICS)[number];

/** One thing that a producer sends until it is acknowledged. */
export interface Sending {
  readonly atMs: number;
  readonly path: 'gateway' | 'publisher';
  readonly topic: RawTopic;
  readonly partition: number;
  readonly subject: string;
  readonly value: Buffer | null;
  /** Null where the bytes are no valid event. */
  readonly eventId: string | null;
}

const PRODUCERS = 3;

/** What each producer sends, one after another: a producer waits for its acknowledgement before it goes on. */
export function createLoad(plan: Plan, encoder: RecordEncoder): Sending[][] {
  const random = createRandom(plan.seed).fork('load');
  const loadMs = plan.faultyMs * 0.85;
  const all: Sending[] = [];
  for (let i = 0; i < plan.events; i++) {
    const sending = oneSending(random, plan, encoder, { i, atMs: random.between(0, loadMs) });
    all.push(sending);
    // Somebody sends the event again: at once or late, the same way or another, to its partition or not.
    while (random.chance(0.2)) {
      const atMs =
        sending.atMs + (random.chance(0.5) ? random.between(0, 3_000) : random.between(0, loadMs / 2));
      const partition = random.chance(0.5) ? sending.partition : random.below(plan.partitions);
      all.push({ ...sending, atMs, partition, path: pathTo(sending.topic, random) });
    }
  }
  all.sort((a, b) => a.atMs - b.atMs);
  const producers: Sending[][] = Array.from({ length: PRODUCERS }, () => []);
  // A subject has one producer, so that what it sends has an order; repeats come from anywhere.
  for (const sending of all) producers[hash(sending.subject) % PRODUCERS]?.push(sending);
  return producers;
}

function oneSending(
  random: Random,
  plan: Plan,
  encoder: RecordEncoder,
  { i, atMs }: { i: number; atMs: number },
): Sending {
  const user = random.chance(0.6) ? `user-${random.below(5)}` : null;
  const anonymous = user === null || random.chance(0.2) ? `device-${random.below(4)}` : null;
  const subject = user ?? anonymous ?? '';
  const topic = random.chance(0.55) ? 'product.events.raw' : random.pick(RAW_TOPICS);
  const eventId = `${hex(random, 8)}-0000-4000-8000-${String(i).padStart(12, '0')}`;
  const isBad = random.chance(0.15);
  const place = {
    atMs,
    path: pathTo(topic, random),
    topic,
    partition: hash(subject) % plan.partitions,
    subject,
  };
  if (isBad) return { ...place, path: 'publisher', eventId: null, value: badValue(random, encoder, topic) };
  const common = {
    event_id: random.chance(0.1) ? eventId.toUpperCase() : eventId,
    event_time: EPOCH_MS + Math.floor(random.between(-600_000, 600_000)),
    user_id: user,
    anonymous_id: anonymous,
    properties: random.chance(0.5) ? JSON.stringify({ note: `write to p${i}${MARKER} soon` }) : '{}',
  };
  return { ...place, eventId, value: encodeRecord(encoder, topic, common, random) };
}

/** The gateway spools events while Kafka is away, and never consents. */
function pathTo(topic: RawTopic, random: Random): Sending['path'] {
  const path = random.pick(['gateway', 'publisher'] as const);
  return topic === 'consent.updates' ? 'publisher' : path;
}

type Common = {
  readonly event_id: string;
  readonly event_time: number;
  readonly user_id: string | null;
  readonly anonymous_id: string | null;
  readonly properties: string;
};

function encodeRecord(encoder: RecordEncoder, topic: RawTopic, common: Common, random: Random): Buffer {
  const encode = <T extends RawTopic>(to: T, record: RecordOf<T>) => Buffer.from(encoder.encode(to, record));
  switch (topic) {
    case 'product.events.raw': {
      const isIdentify = common.user_id !== null && common.anonymous_id !== null;
      const kind = isIdentify ? 'identify' : 'track';
      const event_name = isIdentify ? 'identify' : random.pick(EVENT_NAMES);
      return encode(topic, sampleProductEvent({ ...common, kind, event_name }));
    }
    case 'ai.requests.raw': {
      const model_name = random.pick(['small', 'large']);
      // Some are what ClickHouse can hold and the product document's columns cannot.
      const model_version = random.chance(0.1) ? 'x'.repeat(60) : '1.0.0';
      const latency_ms = random.below(9_000);
      return encode(topic, sampleAiRequest({ ...common, model_name, model_version, latency_ms }));
    }
    case 'ai.feedback.raw':
      return encode(topic, sampleAiFeedback(common));
    default:
      return encode(
        topic,
        sampleConsentUpdate({ ...common, categories: saidBy(random.fork(common.event_id)) }),
      );
  }
}

/** More often a yes than a no, and of some purposes nothing. */
function saidBy(random: Random): Record<string, boolean> {
  const asked = ['analytics', 'marketing', 'ai'].filter(() => random.chance(0.8));
  return Object.fromEntries(asked.map((category) => [category, random.chance(0.7)]));
}

function badValue(random: Random, encoder: RecordEncoder, topic: RawTopic): Buffer | null {
  const good = { event_id: 'no uuid', event_time: 0, user_id: null, anonymous_id: null, properties: '{}' };
  const bytes = encodeRecord(encoder, topic, good, random);
  return random.pick([null, Buffer.from('garbage'), bytes.subarray(0, bytes.length - 3), bytes]);
}

const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join('');

export function hash(text: string): number {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 65_521;
  return sum;
}
