import type { DeadLetter } from '@fineprint/schemas';
import {
  createRecordDecoder,
  type InputRecord,
  type KafkaConnection,
  type RecordDecoder,
  type SchemaRegistry,
} from '@fineprint/stream-runtime';
import { type NodeName, nodes, type TopicName, topics } from '@fineprint/topology';
import { CliError } from '../errors.ts';
import { nameInBody, nameInRecord } from './event-name.ts';
import { type Letter, type LetterPlace, toLetter } from './letter.ts';

/** A stage's dead letters, by stage; nodes that refuse nothing have none. */
export const letterTopics: ReadonlyMap<NodeName, TopicName> = new Map(
  (Object.keys(nodes) as NodeName[]).flatMap((name) => {
    const topic: TopicName | null = nodes[name].deadLetter;
    return topic === null ? [] : [[name, topic] as const];
  }),
);

/** What is kept of one letter is small, but not nothing. */
const MAX_LETTERS = 300_000;

export interface ReadOptions {
  readonly topics: readonly TopicName[];
  readonly sinceMs: number;
}

/** Every dead letter with its bytes, per partition in order. */
export async function eachLetter(
  kafka: KafkaConnection,
  decoder: RecordDecoder,
  options: ReadOptions,
  onLetters: (letters: readonly { readonly record: DeadLetter; readonly at: LetterPlace }[]) => Promise<void>,
): Promise<void> {
  await kafka.readRange({
    ...options,
    async onRecords(topic, partition, records: readonly InputRecord[]) {
      await decoder.prepare(records.map((r) => r.value));
      await onLetters(
        records.flatMap((r) => {
          const decoded = decoder.decode(topic as 'dead-letter.pii-scrubber', r.value);
          // Only stages write here. What is no letter all the same can neither be shown nor replayed.
          if (!decoded.ok) return [];
          return [{ record: decoded.record, at: { topic, partition, offset: r.offset } }];
        }),
      );
    },
  });
}

/** What is known of the letters without their bytes, which may hold personal data and would not fit into memory. */
export async function readLetters(
  kafka: KafkaConnection,
  registry: SchemaRegistry,
  options: ReadOptions,
): Promise<Letter[]> {
  const decoder = createRecordDecoder(registry, Date.now);
  const values = createRecordDecoder(remembering(registry), Date.now);
  const letters: Letter[] = [];
  await eachLetter(kafka, decoder, options, async (found) => {
    await values.prepare(found.map(({ record }) => (record.source_topic === null ? null : record.value)));
    for (const { record, at } of found) letters.push(toLetter(record, at, eventNameOf(values, record)));
    if (letters.length > MAX_LETTERS)
      throw new CliError(
        'DEAD_LETTERS_TOO_MANY',
        `There are more than ${MAX_LETTERS.toLocaleString('en-US')} dead letters.`,
        'Narrow by --stage, and by --since to the last hours.',
      );
  });
  return letters;
}

function eventNameOf(decoder: RecordDecoder, record: DeadLetter): string | null {
  const { source_topic: topic, value } = record;
  if (topic === null) return nameInBody(value);
  if (!Object.hasOwn(topics, topic)) return null;
  const decoded = decoder.decode(topic as TopicName, value);
  return decoded.ok ? nameInRecord(decoded.record) : null;
}

const MAX_IDS = 1_000;

/** Letters may name thousands of forged schema ids: each is asked for once, and not more than so many. */
function remembering(registry: SchemaRegistry): SchemaRegistry {
  const known = new Map<number, Promise<object | null>>();
  return {
    ...registry,
    lookup(id) {
      const found = known.get(id) ?? (known.size < MAX_IDS ? registry.lookup(id) : Promise.resolve(null));
      known.set(id, found);
      return found;
    },
  };
}
