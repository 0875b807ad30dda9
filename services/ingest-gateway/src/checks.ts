import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, KeyDirectory } from '@fineprint/http-kit';
import type { ReadyReason } from '@fineprint/observability';
import { type KafkaConnection, StreamError, type TopicAdmin } from '@fineprint/stream-runtime';
import type { Redis } from 'ioredis';
import { type BackendConnection, OUTPUT_TOPICS, type SpoolWatch } from './backend.ts';
import type { WriteKey } from './keys/write-key.ts';

/** A hanging Kafka keeps its connection. Shorter than a look may take. */
const KAFKA_ANSWERS_WITHIN_MS = 2_000;

/** Kafka is the one that is meant, has our topics, and answers; with a spool it need not answer. */
export function kafkaCheck(
  kafka: KafkaConnection,
  options: { readonly mayBeAway: boolean; readonly clusterId: string | undefined },
): Check & { close(): Promise<void> } {
  let admin: TopicAdmin | null = null;
  let expected = options.clusterId;
  /** Stays when Kafka goes away: a spool may be drained into a Kafka that is there, never into another one. */
  let wrong: ReadyReason | null = null;
  const problems = async (): Promise<ReadyReason | null> => {
    admin ??= await kafka.admin();
    const cluster = await admin.clusterId();
    expected ??= cluster;
    const [first, ...others] = await admin.topicProblems(OUTPUT_TOPICS);
    if (cluster !== expected)
      wrong = { code: 'wrong_cluster', message: `Kafka is cluster ${cluster}, not ${expected}` };
    else if (first === undefined) wrong = null;
    else wrong = { code: first.code, message: [first, ...others].map((p) => p.message).join('; ') };
    return wrong;
  };
  const forget = () => {
    admin?.close().catch(() => undefined); // it is of no use any more
    admin = null;
  };
  /** Of the last try that ended; a client tries for longer than a look may take. */
  let refused: ReadyReason | null = null;
  let asking: Promise<ReadyReason | null> | null = null;
  const ask = async (): Promise<ReadyReason | null> => {
    try {
      const found = await problems();
      refused = null;
      return found;
    } catch (error) {
      forget();
      refused = refusalOf(error);
      if (refused === null) throw error;
      return refused;
    } finally {
      asking = null;
    }
  };
  return {
    code: 'kafka_unavailable',
    isRequired: true,
    async look() {
      asking ??= ask();
      const late = sleep(KAFKA_ANSWERS_WITHIN_MS, 'late' as const, { ref: false });
      if (!options.mayBeAway) {
        const found = await Promise.race([asking, late]);
        return found === 'late' ? (refused ?? `has not answered for ${KAFKA_ANSWERS_WITHIN_MS} ms`) : found;
      }
      // The spool's own check says that it is used.
      const known = () => refused ?? wrong;
      return Promise.race([asking, late.then(known)]).catch(known);
    },
    close: async () => admin?.close(),
  };
}

/** A Kafka that is there and refuses us is a mistake in the settings, which no spool outlives. */
const refusalOf = (error: unknown): ReadyReason | null =>
  error instanceof StreamError && error.code !== 'kafka_unavailable'
    ? { code: error.code, message: error.message }
    : null;

/** The spool has room. */
export function spoolRoomCheck(backend: SpoolWatch): Check {
  return {
    code: 'spool_full',
    isRequired: true,
    look: async () => (backend.spool()?.isFull() ? 'Kafka is away, and the spool takes no more' : null),
  };
}

/** Kafka is away, and events wait on disk: said, not required. */
export function spoolingCheck(backend: SpoolWatch): Check {
  return {
    code: 'spooling',
    isRequired: false,
    async look() {
      const spool = backend.spool();
      if (spool === null || !spool.isSpooling()) return null;
      return `Kafka does not take events; ${spool.backlogBytes()} bytes wait on disk`;
    },
  };
}

/** The first connection stands: schemas are registered, the writer is there. */
export function backendCheck(backend: Pick<BackendConnection, 'current' | 'problem'>): Check {
  return {
    code: 'backend',
    isRequired: true,
    look: async () =>
      backend.current() === null
        ? (backend.problem() ?? 'Kafka or the schema registry has not answered yet')
        : null,
  };
}

/** Keys are known, be it from before Postgres went away. */
export function keysCheck(keys: KeyDirectory<WriteKey>, graceMs: number): Check {
  return {
    code: 'write_keys',
    isRequired: true,
    async look() {
      const age = keys.ageMs();
      if (age === null) return 'the write keys were never read; is Postgres there, and migrated?';
      return age <= graceMs ? null : 'Postgres has been away for longer than the grace';
    },
  };
}

/** Knowledge of keys that grows old: said, not required. */
export function keysFreshCheck(keys: KeyDirectory<WriteKey>, refreshMs: number): Check {
  return {
    code: 'write_keys_stale',
    isRequired: false,
    async look() {
      const age = keys.ageMs() ?? 0;
      return age <= refreshMs * 3 ? null : `Postgres has not answered for ${Math.round(age / 1_000)} s`;
    },
  };
}

/** A Redis that hangs keeps its connection, so it is asked. */
export function redisCheck(redis: Redis): Check {
  const away = 'is away; rate limits are counted per gateway';
  return {
    code: 'redis',
    isRequired: false,
    look: () =>
      redis.ping().then(
        () => null,
        () => away,
      ),
  };
}
