import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { PointLimiter } from './rate-limit.ts';

const WINDOW_S = 1;

/** Counts in Redis, over all gateways; while it is away, in this process. */
export function redisLimiter(redis: Redis, pointsPerSecond: number): PointLimiter {
  const limit = { points: pointsPerSecond, duration: WINDOW_S, keyPrefix: 'fineprint:rate' };
  return new RateLimiterRedis({
    ...limit,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(limit),
  });
}
