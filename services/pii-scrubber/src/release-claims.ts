import { Redis } from 'ioredis';
import type { Place } from './dedup-index.ts';
import { claimKeyOf, claimTextOf } from './redis-dedup-index.ts';

/** Deletes a claim only where it still is the one of this place. */
const DELETE_IF_EQUAL = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;
const TIMEOUT_MS = 5_000;

/**
 * Lets go of ids whose records were refused after they had claimed them (too large once scrubbed). Otherwise every replay
 * of such a record would be dropped as a duplicate of one that never passed. A claim of another place stays.
 */
export async function releaseClaims(
  redisUrl: string,
  claims: readonly { readonly id: string; readonly place: Place }[],
): Promise<void> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    commandTimeout: TIMEOUT_MS,
  });
  try {
    await redis.connect();
    for (const { id, place } of claims)
      await redis.eval(DELETE_IF_EQUAL, 1, claimKeyOf(place, id), claimTextOf(place));
  } finally {
    redis.disconnect();
  }
}
