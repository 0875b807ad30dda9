import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';

/** While a partition changes its leader, and shortly after a topic was made. */
const MOVING = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'FENCED_LEADER_EPOCH']);
const TRIES = 8;
const FIRST_WAIT_MS = 50;

type Connects = Pick<Admin, 'connect' | 'disconnect'>;

/**
 * A question about offsets. kafkajs gives up at once where a broker answers that another one leads the partition, and goes
 * on with what it knows of the leaders for minutes, so it is asked again through a client that knows nothing yet. Rejects
 * with kafkajs's error when no leader has been found after some 6 s.
 */
export async function askLeaders<A extends Connects, T>(
  kafka: { admin(): A },
  admin: A,
  question: (admin: A) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return attempt === 1 ? await question(admin) : await askAfresh(kafka, question);
    } catch (error) {
      if (!isMoving(error) || attempt === TRIES) throw error;
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}

async function askAfresh<A extends Connects, T>(
  kafka: { admin(): A },
  question: (admin: A) => Promise<T>,
): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await question(admin);
  } finally {
    await admin.disconnect();
  }
}

const isMoving = (error: unknown) =>
  error instanceof Error && 'type' in error && MOVING.has(String(error.type));

export const fetchOffsets = (kafka: Kafka, admin: Admin, topic: string) =>
  askLeaders(kafka, admin, (a) => a.fetchTopicOffsets(topic));

/** One past the last record where there is none since then. */
export const fetchOffsetsSince = (kafka: Kafka, admin: Admin, topic: string, sinceMs: number) =>
  askLeaders(kafka, admin, (a) => a.fetchTopicOffsetsByTimestamp(topic, sinceMs));
