import { randomUUID } from 'node:crypto';
import {
  connectRegistry,
  createRecordDecoder,
  type KafkaConnection,
  type PartitionBatch,
} from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';
import type { TailOptions } from '../commands/tail.ts';
import { CliError } from '../errors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { writeOut } from '../output.ts';
import { parseStart, startOffsets, type Watermarks } from './position.ts';
import { renderRecord, shownRecord, toJsonLine } from './render-record.ts';

/** The `tail` command: a topic's records, decoded, until --limit or Ctrl-C. */
export async function runTail(name: string, options: TailOptions): Promise<void> {
  const topic = checkedTopic(name, options.rawPersonalData === true);
  const start = parseStart(options.from);
  if (start === undefined)
    throw new CliError(
      'USAGE',
      `--from ${options.from} is not a place.`,
      'Use earliest, latest, or a number of records.',
    );
  const stack = await openLocalStack();
  await requirePart(stack, 'kafka');
  const kafka = await connectToKafka(stack);
  const watermarks = await watermarksOf(kafka, topic);
  const offsets = startOffsets(start, watermarks);
  const unread = new Map(watermarks.map((w) => [w.partition, w.high]));
  for (const [partition, end] of unread) if ((offsets.get(partition) ?? 0) >= end) unread.delete(partition);
  if (!options.follow && unread.size === 0) return;
  const decoder = createRecordDecoder(connectRegistry(stack.endpoints.schemaRegistryUrl), Date.now);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  const ended = endsAtInterrupt();

  await follow(kafka, topic, offsets, ended.signal, async (batch) => {
    await decoder.prepare(batch.records.map((record) => record.value));
    for (const record of batch.records) {
      if (left <= 0) break;
      if (record.offset < (offsets.get(batch.partition) ?? 0)) continue;
      left -= 1;
      const shown = shownRecord(batch, record, decoder.decode(topic, record.value));
      await writeOut(process.stdout, `${options.json ? toJsonLine(shown) : renderRecord(shown)}\n`);
    }
    if (batch.nextOffset >= (unread.get(batch.partition) ?? 0)) unread.delete(batch.partition);
    if (left <= 0 || (!options.follow && unread.size === 0)) ended.abort();
  });
}

/** Personal data is not for looking at by the way: whoever does has to say so. */
export function checkedTopic(name: string, allowsPersonalData: boolean): TopicName {
  if (!Object.hasOwn(topics, name))
    throw new CliError(
      'TOPIC_UNKNOWN',
      `There is no topic ${name}.`,
      `There are: ${Object.keys(topics).join(', ')}.`,
    );
  const topic = name as TopicName;
  if (topics[topic].classification === 'pii' && !allowsPersonalData)
    throw new CliError(
      'TOPIC_RESTRICTED',
      `${topic} may hold personal data: only the scrubber reads it.`,
      'Look at the clean topic of the same name instead. If you may see personal data and have a reason: --raw-personal-data',
    );
  return topic;
}

async function watermarksOf(kafka: KafkaConnection, topic: TopicName): Promise<Watermarks[]> {
  const admin = await kafka.admin();
  try {
    const [problem] = await admin.topicProblems([topic]);
    if (problem !== undefined)
      throw new CliError(
        'TOPIC_MISSING',
        `${problem.message}.`,
        'npm run -s fineprint -- topics apply creates what is missing.',
      );
    return await admin.watermarks(topic);
  } finally {
    await admin.close();
  }
}

function endsAtInterrupt(): AbortController {
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  return ended;
}

/** A group of its own that commits nothing, so no real group notices. */
async function follow(
  kafka: KafkaConnection,
  topic: TopicName,
  offsets: ReadonlyMap<number, number>,
  until: AbortSignal,
  onBatch: (batch: PartitionBatch) => Promise<void>,
): Promise<void> {
  const consumer = kafka.consumer({ groupId: `fineprint.tail.${randomUUID()}`, topics: [topic] });
  const aborted = new Promise<void>((resolve) =>
    until.addEventListener('abort', () => resolve(), { once: true }),
  );
  try {
    await consumer.start({
      onBatch: async (batch) => {
        if (!until.aborted) await onBatch(batch);
      },
      onRevoked: () => undefined,
      onAssigned: (partitions) => {
        for (const { partition } of partitions)
          consumer.seek(topic, partition, offsets.get(partition) ?? 'earliest');
      },
    });
    const crash = await Promise.race([aborted, consumer.crashed]);
    if (crash !== undefined) throw crash;
  } finally {
    await consumer.stop();
  }
}
