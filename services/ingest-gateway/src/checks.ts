import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, KeyDirectory } from '@fineprint/http-kit';
import type { KafkaConnection, TopicAdmin } from '@fineprint/stream-runtime';
import type { Redis } from 'ioredis';
import { OUTPUT_TOPICS, type SpoolWatch } from './backend.ts';
import type { WriteKey } from './keys/write-key.ts';

/** A hanging Kafka keeps its connection. Shorter than a look may take. */
const KAFKA_ANSWERS_WITHIN_MS = 2_000;

/** Kafka has our topics, and answers; with a spool it need not answer. */
export function kafkaCheck(
  kafka: KafkaConnection,
  options: { readonly mayBeAway: boolean },
): Check & { close(): Promise<void> } {
  let admin: TopicAdmin | null = null;
  const problems = async (): Promise<string | null> => {
    admin ??= await kafka.admin();
    const found = await admin.topicProblems(OUTPUT_TOPICS);
    return found.length === 0 ? null : found.join('; ');
  };
  return {
    code: 'kafka',
    isRequired: true,
    async look() {
      if (!options.mayBeAway) return problems();
      const away = sleep(KAFKA_ANSWERS_WITHIN_MS, null, { ref: false });
      return Promise.race([problems().catch(() => null), away]); // the spool's own check says that it is used
    },
    close: async () => admin?.close(),
  };
}

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
export function backendCheck(isConnected: () => boolean): Check {
  return {
    code: 'backend',
    isRequired: true,
    look: async () => (isConnected() ? null : 'Kafka or the schema registry has not answered yet'),
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
