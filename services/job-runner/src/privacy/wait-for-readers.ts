import { setTimeout as sleep } from 'node:timers/promises';
import { JobError } from '@fineprint/jobs';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { inputTopics, isOptional, type NodeName, nodes, type TopicName } from '@fineprint/topology';

const POLL_MS = 200;
/** Longer than Snowflake's loader collects for. */
const WAIT_MS = 420_000;

/**
 * Resolves once every stage that reads these topics has committed what they hold now. Optional stages that do not run are answered
 * with what they have not read; any other that does not run, or does not get on, is an error.
 */
export async function waitForReaders(
  admin: TopicAdmin,
  topicNames: readonly TopicName[],
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const unread: Record<string, number> = {};
  for (const topic of topicNames) {
    const ends = await admin.watermarks(topic);
    for (const node of readersOf(topic)) {
      const behind = await waitFor(admin, { node, topic, ends }, signal);
      if (behind > 0) unread[node] = (unread[node] ?? 0) + behind;
    }
  }
  return unread;
}

/** It counts requests and keeps no id of anybody. */
const KEEPS_NO_IDS: ReadonlySet<NodeName> = new Set(['ai-aggregator']);

const readersOf = (topic: TopicName): NodeName[] =>
  (Object.keys(nodes) as NodeName[]).filter(
    (name) => inputTopics(nodes[name]).includes(topic) && !KEEPS_NO_IDS.has(name),
  );

interface Reading {
  readonly node: NodeName;
  readonly topic: TopicName;
  readonly ends: readonly { readonly partition: number; readonly low: number; readonly high: number }[];
}

/** How many records it has not read, where it does not run and need not. */
async function waitFor(
  admin: TopicAdmin,
  { node, topic, ends }: Reading,
  signal: AbortSignal,
): Promise<number> {
  const { group } = nodes[node];
  if (group === null) return 0;
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const committed = new Map((await admin.committed(group, topic)).map((c) => [c.partition, c.nextOffset]));
    const behind = ends.reduce(
      (sum, { partition, low, high }) =>
        sum + Math.max(0, high - Math.max(low, committed.get(partition) ?? low)),
      0,
    );
    if (behind === 0) return 0;
    const { members } = await admin.groupState(group);
    if (members.length === 0 && isOptional(node)) return behind;
    if (waitedMs >= WAIT_MS || (members.length === 0 && waitedMs >= WAIT_MS / 10))
      throw new JobError(
        'stage_behind',
        `${node} has ${behind} records of ${topic} to read and does not get on`,
      );
    await sleep(POLL_MS, undefined, { signal });
  }
}
