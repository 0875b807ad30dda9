import type { TopicAdmin } from '@fineprint/stream-runtime';
import {
  inputTopics,
  type NodeDefinition,
  type NodeName,
  nodes,
  type TopicName,
  topics,
} from '@fineprint/topology';
import { type GroupState, type KafkaLook, type Position, readKey, type TopicEnds } from './look.ts';

type Admin = Pick<TopicAdmin, 'watermarks' | 'positions' | 'groupStates' | 'offsetsSince'>;

/** What stages read or write in the ordinary. Dead letters are counted by the ledger, and each topic costs two requests. */
const isWatched = (topic: string): boolean => !topic.startsWith('dead-letter.');
const topicNames = (Object.keys(topics) as TopicName[]).filter(isWatched);

interface Reader {
  readonly stage: NodeName;
  readonly group: string;
  readonly inputs: readonly TopicName[];
}

/** Every stage that reads topics. */
const readers: readonly Reader[] = Object.entries<NodeDefinition>(nodes).flatMap(([name, node]) =>
  node.group === null ? [] : [{ stage: name as NodeName, group: node.group, inputs: inputTopics(node) }],
);

/** Asks Kafka where topics end, how far groups are, and who is in them. Positions come first, so none lies behind an end. */
export async function readKafka(admin: Admin, nowMs: () => number): Promise<KafkaLook> {
  const [committed, groups] = await Promise.all([
    Promise.all(readers.map(async (reader) => admin.positions(reader.group, reader.inputs))),
    admin.groupStates(readers.map((r) => r.group)),
  ]);
  const unused = new Set(readers.filter((_, i) => isUnused(committed[i] ?? [], groups, readers[i]?.group)));
  const asked = topicNames.filter(
    (topic) =>
      !topic.startsWith('replay.') || readers.some((r) => !unused.has(r) && r.inputs.includes(topic)),
  );
  const marks = await Promise.all(
    asked.map(async (topic) => ({ topic, marks: await admin.watermarks(topic) })),
  );
  const atMs = nowMs();
  const byTopic = new Map(marks.map((m) => [m.topic, m.marks]));
  const positions = readers.flatMap((reader, i): Position[] => {
    const own = new Map(committed[i]?.map((c) => [`${c.topic}/${c.partition}`, c.nextOffset]));
    return reader.inputs.flatMap((topic) =>
      (byTopic.get(topic) ?? []).map(({ partition, low, high }) => {
        const at = own.get(`${topic}/${partition}`) ?? null;
        const lag = Math.max(0, high - Math.max(at ?? low, low));
        return { stage: reader.stage, group: reader.group, topic, partition, committed: at, end: high, lag };
      }),
    );
  });
  const ends = marks.map((m): TopicEnds => ({ topic: m.topic, ends: m.marks.map((p) => p.high) }));
  return { atMs, topics: ends, positions, groups: groups.map((g): GroupState => g) };
}

/** A group that has neither read anything nor a member: nobody asked for it. */
function isUnused(
  committed: readonly { readonly nextOffset: number | null }[],
  groups: readonly GroupState[],
  group: string | undefined,
): boolean {
  const members = groups.find((g) => g.group === group)?.members ?? 0;
  return members === 0 && committed.every((c) => c.nextOffset === null);
}

/** Ages that are asked about, in seconds. A lag is told as the first one that nothing unread exceeds. */
const LADDER_S = [
  1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
] as const;

/**
 * How old the oldest record is that a group has not read: Kafka is asked where the records of some time ago began, and the
 * group's position lies before or after. Ages in milliseconds; the next rung above the true one.
 */
export async function ageOfUnread(
  admin: Pick<TopicAdmin, 'offsetsSince'>,
  topic: TopicName,
  waiting: readonly Pick<Position, 'partition' | 'committed'>[],
  nowMs: number,
): Promise<number> {
  const isOlder = async (seconds: number): Promise<boolean> => {
    const begins = await admin.offsetsSince(topic, nowMs - seconds * 1_000);
    const from = new Map(begins.map((b) => [b.partition, b.offset]));
    return waiting.some((w) => (w.committed ?? 0) < (from.get(w.partition) ?? 0));
  };
  let low = 0;
  let high: number = LADDER_S.length;
  // The first rungs are the usual answer, so they are asked about first.
  for (let probe = 1; low < high; probe = (low + high) >> 1) {
    const rung = LADDER_S[probe] ?? 0;
    if (await isOlder(rung)) low = probe + 1;
    else high = probe;
  }
  return (LADDER_S[low] ?? LADDER_S.at(-1) ?? 0) * 1_000;
}

/** What waits, by stage and topic. */
export function waitingOf(positions: readonly Position[]): Map<string, Position[]> {
  const found = new Map<string, Position[]>();
  for (const position of positions) {
    if (position.lag === 0) continue;
    const key = readKey(position.stage, position.topic);
    found.set(key, [...(found.get(key) ?? []), position]);
  }
  return found;
}
