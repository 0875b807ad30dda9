import type { KafkaConnection, SchemaRegistry } from '@fineprint/stream-runtime';
import { connectRegistry } from '@fineprint/stream-runtime';
import type { NodeName, TopicName } from '@fineprint/topology';
import type { LetterOptions } from '../commands/dlq.ts';
import { CliError } from '../errors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import type { LetterFilter } from './filter.ts';
import { letterTopics, type ReadOptions } from './read-letters.ts';

/** What every `dlq` command works with. */
export interface DlqSession {
  readonly stack: Awaited<ReturnType<typeof openLocalStack>>;
  readonly kafka: KafkaConnection;
  readonly registry: SchemaRegistry;
  /** What to read so that the filter can be applied. */
  readonly read: ReadOptions;
}

/** Stages' clocks and Kafka's may differ by so much. */
const CLOCK_SLACK_MS = 5 * 60_000;

export async function openDlq(filter: LetterFilter): Promise<DlqSession> {
  const topics = topicsOf(filter.stage);
  const stack = await openLocalStack();
  await requirePart(stack, 'kafka');
  const kafka = await connectToKafka(stack);
  await requireTopics(kafka, topics);
  const sinceMs = Math.max(0, (filter.sinceMs ?? 0) - CLOCK_SLACK_MS);
  return {
    stack,
    kafka,
    registry: connectRegistry(stack.endpoints.schemaRegistryUrl),
    read: { topics, sinceMs },
  };
}

/** The command line's words as a filter. */
export function filterOf(options: LetterOptions): LetterFilter {
  return {
    stage: options.stage,
    reason: options.reason,
    sinceMs: options.since?.getTime(),
    untilMs: options.until?.getTime(),
    event: options.event,
    topic: options.topic,
  };
}

function topicsOf(stage: string | undefined): TopicName[] {
  if (stage === undefined) return [...letterTopics.values()];
  const topic = letterTopics.get(stage as NodeName);
  if (topic !== undefined) return [topic];
  throw new CliError(
    'USAGE',
    `There is no stage ${stage} with dead letters.`,
    `Stages: ${[...letterTopics.keys()].join(', ')}.`,
  );
}

async function requireTopics(kafka: KafkaConnection, topics: readonly TopicName[]): Promise<void> {
  const admin = await kafka.admin();
  try {
    const [problem] = await admin.topicProblems(topics);
    if (problem === undefined) return;
    throw new CliError(
      'TOPIC_MISSING',
      `${problem}.`,
      'npm run -s fineprint -- topics apply creates what is missing.',
    );
  } finally {
    await admin.close();
  }
}
