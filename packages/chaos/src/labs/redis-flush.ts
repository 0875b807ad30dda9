import { Redis } from 'ioredis';
import type { Lab } from '../lab.ts';

export const redisFlush: Lab = {
  name: 'redis-flush',
  title: 'FLUSHALL: Redis forgets which events have been seen',
  kind: 'fault',
  passes: 'repeats of earlier events make no rows: the index is read back from the clean topics first',
  takesMs: 15_000,
  async run({ target, fault, sleep }) {
    await fault('FLUSHALL', async () => {
      const redis = new Redis(target.stack.endpoints.redisUrl, { maxRetriesPerRequest: 3 });
      try {
        await redis.flushall();
      } finally {
        redis.disconnect();
      }
    });
    await sleep(5_000);
  },
};
