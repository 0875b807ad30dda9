import { StreamError } from './errors.ts';
import type { Clock, Lease } from './ports.ts';

/** Thrown to end work on a partition that is no longer ours. Not a failure. */
export class LeaseLost extends Error {
  constructor() {
    super('the partition was taken away');
    this.name = 'LeaseLost';
  }
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly lease: Lease;
  /** True once the process wants to stop; then a failing operation is given up. */
  readonly stopping: () => boolean;
  /** Told of each failed try. */
  readonly onFailure: (error: StreamError, attempt: number) => void;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/**
 * Repeats an operation for as long as its failures are retriable and the partition is ours: a dependency that is away
 * holds the partition back, it loses nothing. Anything else is thrown on.
 */
export async function retryWhileOwned<T>(operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    if (!options.lease.owned()) throw new LeaseLost();
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof StreamError) || !error.retriable) throw error;
      options.onFailure(error, attempt);
      if (options.stopping()) throw new LeaseLost();
      await sleep(options.clock, Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10)));
    }
  }
}

export const sleep = (clock: Clock, ms: number) =>
  new Promise<void>((resolve) => void clock.after(ms, resolve));
