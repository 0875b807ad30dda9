import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../problem/problem.ts';

/** A limit per key within this instance: it protects ClickHouse from one client, it does not meter anybody. */
export function createRateLimit(requestsPerSecond: number): (keyId: string) => Promise<void> {
  const limiter = new RateLimiterMemory({ points: requestsPerSecond, duration: 1 });
  return async (keyId) => {
    try {
      await limiter.consume(keyId);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfterS = Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
      throw new Problem('rate_limited', `The limit is ${requestsPerSecond} requests per second.`, {
        retryAfterS,
      });
    }
  };
}
