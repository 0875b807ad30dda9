import {
  connectRegistry,
  createRecordDecoder,
  type InputRecord,
  isRepeat,
  parseWire,
  peekEventId,
  sourceOffsetOf,
} from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';
import { plantedNeedles } from '../load/planted.ts';
import { EVENT_KINDS, type EventKind, ROUTES } from '../load/sent-event.ts';
import type { Target } from '../target.ts';

/** Of the destination that a run has. */
const FORWARDER_LETTERS = 'dead-letter.forwarder-mixpanel' satisfies TopicName;

const TOPIC_NAMES = Object.keys(topics) as TopicName[];
const CLEAN_TOPICS = TOPIC_NAMES.filter((name) => topics[name].classification === 'clean');
const DEAD_LETTER_TOPICS = TOPIC_NAMES.filter((name) => name.startsWith('dead-letter.'));
/** What these loaders refuse is in ClickHouse all the same. */
const COPY_LETTERS = [
  'dead-letter.postgres-loader',
  'dead-letter.snowflake-loader',
] as const satisfies TopicName[];
export type CopyLetters = (typeof COPY_LETTERS)[number];
const NEEDLES = plantedNeedles.map((needle) => Buffer.from(needle));

export interface TopicFacts {
  readonly clean: Record<EventKind, string[][]>;
  /** Topic → records that hold planted personal data. */
  readonly personalData: Map<string, number>;
  readonly deadLetteredIds: Set<string>;
  /** What each copy's loader refused. */
  readonly refusedCopies: ReadonlyMap<CopyLetters, Set<string>>;
  /** What the destination's forwarder could not deliver. All stores have it. */
  readonly undelivered: Set<string>;
  readonly deadLetteredKeys: Set<string>;
}

/** Reads what the run left in Kafka as an outside reader should: by the source-offset rule. */
export async function readTopics(target: Target): Promise<TopicFacts> {
  const clean: Record<EventKind, string[][]> = { product: [], ai: [], feedback: [], consent: [] };
  const kindOf = new Map<TopicName, EventKind>(EVENT_KINDS.map((kind) => [ROUTES[kind].clean, kind]));
  const personalData = new Map<string, number>();
  const highest = new Map<string, number>();
  await target.kafka.readRange({
    topics: CLEAN_TOPICS,
    sinceMs: 0,
    onRecords: async (topic, partition, records) => {
      const held = records.filter(holdsPersonalData).length;
      if (held > 0) personalData.set(topic, (personalData.get(topic) ?? 0) + held);
      const kind = kindOf.get(topic);
      if (kind === undefined) return;
      const ids = clean[kind][partition] ?? [];
      clean[kind][partition] = ids;
      for (const record of records) {
        const source = sourceOffsetOf(record);
        const place = `${topic}/${partition}`;
        if (isRepeat(source, highest.get(place) ?? null)) continue;
        if (source !== null) highest.set(place, source);
        ids.push(eventIdOf(record) ?? `${place}/${record.offset}`);
      }
    },
  });
  // A partition that got nothing leaves a hole.
  for (const kind of EVENT_KINDS) clean[kind] = Array.from(clean[kind], (ids) => ids ?? []);
  return { clean, personalData, ...(await readDeadLetters(target)) };
}

async function readDeadLetters(target: Target) {
  const decoder = createRecordDecoder(connectRegistry(target.stack.endpoints.schemaRegistryUrl), Date.now);
  const deadLetteredIds = new Set<string>();
  const refusedCopies = new Map<CopyLetters, Set<string>>(COPY_LETTERS.map((name) => [name, new Set()]));
  const undelivered = new Set<string>();
  const deadLetteredKeys = new Set<string>();
  await target.kafka.readRange({
    topics: DEAD_LETTER_TOPICS,
    sinceMs: 0,
    onRecords: async (topic, _partition, records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const record of records) {
        const decoded = decoder.decode(topic as 'dead-letter.pii-scrubber', record.value);
        if (!decoded.ok) throw new Error(`${topic} holds a record that is no dead letter (${decoded.code})`);
        const ids =
          topic === FORWARDER_LETTERS
            ? undelivered
            : (refusedCopies.get(topic as CopyLetters) ?? deadLetteredIds);
        if (decoded.record.event_id !== null) ids.add(decoded.record.event_id);
        if (decoded.record.key !== null) deadLetteredKeys.add(decoded.record.key.toString());
      }
    },
  });
  return { deadLetteredIds, refusedCopies, undelivered, deadLetteredKeys };
}

function eventIdOf(record: InputRecord): string | null {
  const wire = parseWire(record.value);
  return wire === null ? null : peekEventId(wire.datum);
}

function holdsPersonalData({ key, value }: InputRecord): boolean {
  return NEEDLES.some((needle) => value?.includes(needle) || key?.includes(needle));
}
