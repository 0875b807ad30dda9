import { randomUUID } from 'node:crypto';
import type { Check } from '@fineprint/service-kit';
import type { Redis } from 'ioredis';

const KEY = `fp:health:${randomUUID()}`;
const KEPT_MS = 10_000;

/** Redis takes writes: it may answer and refuse them (a replica, no memory left, a failed snapshot). */
export function redisCheck(redis: Redis): Check {
  return {
    code: 'store_unavailable',
    isRequired: true,
    look: () =>
      redis.set(KEY, '1', 'PX', KEPT_MS).then(
        () => null,
        (error: unknown) =>
          `Redis, which holds the deduplication index, does not take writes: ${nameOf(error)}`,
      ),
  };
}

/** Its first word is Redis' own code (READONLY, OOM, MISCONF); the rest may quote a command. */
function nameOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message).split(' ', 1).join('');
}
