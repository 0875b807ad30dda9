import type { Check, KeyDirectory } from '@fineprint/http-kit';
import type { KafkaConnection, TopicAdmin } from '@fineprint/stream-runtime';
import type { Redis } from 'ioredis';
import { OUTPUT_TOPICS } from './backend.ts';
import type { WriteKey } from './keys/write-key.ts';

/** Kafka answers and has our topics. */
export function kafkaCheck(kafka: KafkaConnection): Check & { close(): Promise<void> } {
  let admin: TopicAdmin | null = null;
  return {
    code: 'kafka',
    isRequired: true,
    async look() {
      admin ??= await kafka.admin();
      const problems = await admin.topicProblems(OUTPUT_TOPICS);
      return problems.length === 0 ? null : problems.join('; ');
    },
    close: async () => admin?.close(),
  };
}

/** The first connection stands: schemas are registered, the writer is there. */
export function backendCheck(isConnected: () => boolean): Check {
  return {
    code: 'backend',
    isRequired: true,
    look: async () => (isConnected() ? null : 'Kafka and the schema registry have not both answered yet'),
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
