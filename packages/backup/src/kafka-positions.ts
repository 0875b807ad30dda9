import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import { BackupError } from './backup-error.ts';
import type { GroupPosition } from './manifest.ts';
import { type KafkaNow, type Move, type Reach, readers } from './plan-positions.ts';

/** Where every group stands with each of its inputs. */
export async function readPositions(admin: TopicAdmin): Promise<GroupPosition[]> {
  const all: GroupPosition[] = [];
  for (const { group, topics } of readers) {
    const found = await Promise.all(
      topics.map(async (topic) => (await admin.committed(group, topic)).map((p) => ({ group, topic, ...p }))),
    );
    all.push(...found.flat());
  }
  return all;
}

export async function readKafka(admin: TopicAdmin): Promise<KafkaNow> {
  const topics = [...new Set(readers.flatMap((r) => r.topics))];
  const found = await Promise.all(
    topics.map(async (topic) => [topic, await admin.watermarks(topic)] as const),
  );
  const reach = new Map<string, readonly Reach[]>(found);
  return { positions: await readPositions(admin), reach: (topic) => reach.get(topic) ?? [] };
}

/** The groups that have members still. */
export async function busyGroups(admin: TopicAdmin, groups: readonly string[]): Promise<string[]> {
  const states = await Promise.all(
    groups.map(async (group) => ({ group, ...(await admin.groupState(group)) })),
  );
  return states.filter((s) => s.members.length > 0).map((s) => s.group);
}

const SET_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 200;

/** All or none of them; resolves once Kafka says so to whoever asks. */
export async function setPositions(
  admin: TopicAdmin,
  moves: readonly Move[],
  sleep: (ms: number) => Promise<unknown>,
): Promise<void> {
  if (moves.length === 0) return;
  await admin.setPositions(moves);
  for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
    const wrong = await firstWrong(admin, moves);
    if (wrong === undefined) return;
    if (waitedMs >= SET_WITHIN_MS)
      throw new BackupError(
        'positions_not_set',
        `${wrong.group} does not stand at ${wrong.offset} of ${wrong.topic}/${wrong.partition}`,
      );
    await sleep(LOOK_AGAIN_MS);
  }
}

async function firstWrong(admin: TopicAdmin, moves: readonly Move[]): Promise<Move | undefined> {
  for (const [group, own] of Map.groupBy(moves, (m) => m.group))
    for (const [topic, wanted] of Map.groupBy(own, (m) => m.topic)) {
      const is = new Map((await admin.committed(group, topic as TopicName)).map((p) => [p.partition, p]));
      const wrong = wanted.find((m) => is.get(m.partition)?.nextOffset !== m.offset);
      if (wrong !== undefined) return wrong;
    }
  return undefined;
}
