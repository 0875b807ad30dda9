import { setTimeout as sleep } from 'node:timers/promises';
import { type Claim, type Claimed, claimRun } from '@fineprint/jobs';
import type { Pool } from 'pg';
import type { Job } from './job.ts';
import { type RunOutcome, runClaim } from './run-claim.ts';

export interface RunnerOptions<Ports> {
  readonly pool: Pool;
  readonly jobs: readonly Job<Ports>[];
  readonly ports: Ports;
  /** Names this process in the history. */
  readonly worker: string;
  /** Runs at a time, of different jobs. */
  readonly concurrency: number;
  /** How often to look without being woken. */
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly retryMs: number;
  /** How long a stop waits for runs before it gives them back. */
  readonly drainMs: number;
  readonly onClaimed: (claimed: Claimed) => void;
  readonly onEnded: (claim: Claim, outcome: RunOutcome, seconds: number) => void;
  readonly onRunError: (error: unknown, claim: Claim) => void;
  /** Postgres is away. */
  readonly onError: (error: unknown) => void;
}

/** Claims runs and does them, as many at a time as it may. */
export interface Runner {
  /** Looks now. */
  wake(): void;
  running(): number;
  stop(): Promise<void>;
}

export function startRunner<Ports>(options: RunnerOptions<Ports>): Runner {
  const stopping = new AbortController();
  const active = new Set<Promise<void>>();
  const bell = createBell();
  let isEnding = false;

  const begin = (claim: Claim): void => {
    const running = perform(claim, options, stopping.signal).finally(() => {
      active.delete(running);
      bell.ring(); // there may be more, and there is room
    });
    active.add(running);
  };
  const claimNext = async (): Promise<boolean> => {
    const claimed = await claimRun(options.pool, options.jobs, {
      name: options.worker,
      leaseMs: options.leaseMs,
    });
    options.onClaimed(claimed);
    if (claimed.claim === null) return false;
    begin(claimed.claim);
    return true;
  };
  const loop = async (): Promise<void> => {
    while (!isEnding) {
      const heard = bell.next();
      const hasRoom = active.size < options.concurrency;
      const found = hasRoom && (await claimNext().catch((error: unknown) => options.onError(error)));
      if (found !== true && !isEnding)
        await Promise.race([heard, sleep(options.pollMs, undefined, { ref: false })]);
    }
  };
  const looping = loop();
  return {
    wake: () => bell.ring(),
    running: () => active.size,
    async stop() {
      isEnding = true;
      bell.ring();
      await looping;
      const drained = Promise.all(active);
      await Promise.race([drained, sleep(options.drainMs, undefined, { ref: false })]);
      stopping.abort();
      await drained;
    },
  };
}

async function perform<Ports>(
  claim: Claim,
  options: RunnerOptions<Ports>,
  stopping: AbortSignal,
): Promise<void> {
  const job = options.jobs.find((j) => j.name === claim.job);
  if (job === undefined) throw new Error(`claimed ${claim.job}, which is not in the list`);
  const startedAtMs = performance.now();
  const { pool, ports, leaseMs, retryMs, onRunError: onError } = options;
  try {
    const outcome = await runClaim(job, claim, { pool, ports, leaseMs, retryMs, stopping, onError });
    options.onEnded(claim, outcome, (performance.now() - startedAtMs) / 1_000);
  } catch (error) {
    options.onError(error); // how it ended could not be written down: the lease runs out, and somebody repeats it
  }
}

/** Rings for whoever waits; a ring while nobody does is heard by the next one. */
function createBell() {
  let ring = () => {};
  let next = new Promise<void>((resolve) => {
    ring = resolve;
  });
  return {
    ring: () => ring(),
    /** Resolves with the first ring after the last call. */
    next(): Promise<void> {
      const heard = next;
      void heard.then(() => {
        if (next !== heard) return;
        next = new Promise<void>((resolve) => {
          ring = resolve;
        });
      });
      return heard;
    },
  };
}
