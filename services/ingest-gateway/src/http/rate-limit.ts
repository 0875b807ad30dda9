/** What one limiter call answers; rate-limiter-flexible's result. */
export interface LimiterResult {
  readonly msBeforeNext: number;
}

/** Counts points per key and window; rejects with a LimiterResult beyond the limit. */
export interface PointLimiter {
  consume(key: string, points: number): Promise<LimiterResult>;
}

export type RateDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterMs: number };

export interface RateLimit {
  readonly eventsPerWindow: number;
  consume(keyId: string, events: number): RateDecision | Promise<RateDecision>;
}

interface Waiter {
  readonly events: number;
  readonly resolve: (decision: RateDecision) => void;
  readonly reject: (error: unknown) => void;
}

interface Lease {
  left: number;
  untilMs: number;
  blockedUntilMs: number;
  waiting: Waiter[];
  isFetching: boolean;
}

const ALLOWED: RateDecision = { allowed: true };
/** A lease's share of the limit: about so many round trips to Redis per key and window, however many requests. */
const LEASES_PER_WINDOW = 50;

/**
 * A limit per write key over all gateways. Points are leased from the shared limiter in portions, so that a request rarely
 * waits for Redis. What a lease does not use is lost with its window: at most 1/50 of the limit per gateway.
 */
export function createRateLimit(
  limiter: PointLimiter,
  eventsPerWindow: number,
  nowMs: () => number,
): RateLimit {
  const leases = new Map<string, Lease>();
  const portion = Math.max(1, Math.floor(eventsPerWindow / LEASES_PER_WINDOW));

  const leaseOf = (keyId: string): Lease => {
    let lease = leases.get(keyId);
    if (lease === undefined) {
      lease = { left: 0, untilMs: 0, blockedUntilMs: 0, waiting: [], isFetching: false };
      leases.set(keyId, lease);
    }
    return lease;
  };

  /** Takes from what is leased; what a past window left is gone. */
  const takeLeased = (lease: Lease, events: number): boolean => {
    if (nowMs() >= lease.untilMs) lease.left = 0;
    if (lease.left < events) return false;
    lease.left -= events;
    return true;
  };

  /** Leases more, then serves everybody who waited meanwhile. */
  const fetchFor = async (keyId: string, lease: Lease): Promise<void> => {
    const waiting = lease.waiting;
    lease.waiting = [];
    const demand = waiting.reduce((sum, w) => sum + w.events, 0);
    if (takeLeased(lease, demand)) {
      for (const waiter of waiting) waiter.resolve(ALLOWED);
      return;
    }
    const points = Math.max(demand, portion);
    try {
      const { msBeforeNext } = await limiter.consume(keyId, points);
      lease.left += points - demand;
      lease.untilMs = nowMs() + msBeforeNext;
      for (const waiter of waiting) waiter.resolve(ALLOWED);
    } catch (error) {
      if (!isLimiterResult(error)) {
        for (const waiter of waiting) waiter.reject(error);
        return;
      }
      lease.blockedUntilMs = nowMs() + error.msBeforeNext;
      for (const waiter of waiting) waiter.resolve({ allowed: false, retryAfterMs: error.msBeforeNext });
    }
  };

  const fetchAll = async (keyId: string, lease: Lease): Promise<void> => {
    lease.isFetching = true;
    while (lease.waiting.length > 0) await fetchFor(keyId, lease);
    lease.isFetching = false;
  };

  return {
    eventsPerWindow,
    consume(keyId, requested) {
      // A batch larger than the limit costs all of it; otherwise it could never pass.
      const events = Math.min(requested, eventsPerWindow);
      const lease = leaseOf(keyId);
      const blockedMs = lease.blockedUntilMs - nowMs();
      if (blockedMs > 0) return { allowed: false, retryAfterMs: blockedMs };
      if (takeLeased(lease, events)) return ALLOWED;
      return new Promise((resolve, reject) => {
        lease.waiting.push({ events, resolve, reject });
        if (!lease.isFetching) void fetchAll(keyId, lease);
      });
    },
  };
}

function isLimiterResult(error: unknown): error is LimiterResult {
  return typeof error === 'object' && error !== null && 'msBeforeNext' in error && !(error instanceof Error);
}
