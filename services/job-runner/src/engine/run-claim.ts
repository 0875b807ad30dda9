import { setTimeout as sleep } from 'node:timers/promises';
import { type Claim, type Ending, endRun, JobError, releaseClaim, whileOurs } from '@fineprint/jobs';
import type { Pool } from 'pg';
import type { Job } from './job.ts';
import { keepLease, LeaseLost } from './keep-lease.ts';

export type RunOutcome = 'succeeded' | 'failed' | 'retried' | 'lost' | 'released';

export interface RunClaimOptions<Ports> {
  readonly pool: Pool;
  readonly ports: Ports;
  readonly leaseMs: number;
  /** Before the second attempt; each further one waits twice as long as the one before. */
  readonly retryMs: number;
  /** The process stops. */
  readonly stopping: AbortSignal;
  readonly onError: (error: unknown, claim: Claim) => void;
}

const MAX_RETRY_MS = 3_600_000;
/** A handler that was told to end gets so long; after that its run is ended without it. */
const ABORT_GRACE_MS = 5_000;
/** Of the history. */
const MAX_RESULT_CHARS = 16_384;

/** Runs a claim to its end, and writes down how it ended. Rejects where that could not be written: then the lease runs out. */
export async function runClaim<Ports>(
  job: Job<Ports>,
  claim: Claim,
  options: RunClaimOptions<Ports>,
): Promise<RunOutcome> {
  const { pool } = options;
  const aborted = new AbortController();
  const lease = keepLease(pool, claim, options.leaseMs, (error) => aborted.abort(error));
  const timer = setTimeout(
    () => aborted.abort(new JobError('timeout', `took longer than ${job.timeoutMs} ms`)),
    job.timeoutMs,
  );
  const stop = () => aborted.abort(new Stopped());
  options.stopping.addEventListener('abort', stop);
  try {
    const work = Promise.resolve(
      job.run(options.ports, {
        ...claim,
        signal: aborted.signal,
        async whileOurs(inside) {
          const answer = await whileOurs(pool, claim, inside);
          if (answer === null) throw new LeaseLost();
          return answer.done;
        },
      }),
    );
    const result = await Promise.race([work, rejectAfterAbort(aborted.signal)]);
    if (JSON.stringify(result).length > MAX_RESULT_CHARS)
      throw new JobError('internal', 'the result is too large for the history');
    return (await endRun(pool, claim, { state: 'succeeded', result })) ? 'succeeded' : 'lost';
  } catch (error) {
    return await endFailed(job, claim, options, aborted.signal.aborted ? aborted.signal.reason : error);
  } finally {
    lease.stop();
    clearTimeout(timer);
    options.stopping.removeEventListener('abort', stop);
  }
}

class Stopped extends Error {}

/** Rejects a while after the signal, so that a handler that heeds it can end first. Never resolves. */
function rejectAfterAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = async () => {
      await sleep(ABORT_GRACE_MS, undefined, { ref: false });
      reject(signal.reason);
    };
    signal.addEventListener('abort', () => void end(), { once: true });
  });
}

async function endFailed<Ports>(
  job: Job<Ports>,
  claim: Claim,
  { pool, retryMs, onError }: RunClaimOptions<Ports>,
  error: unknown,
): Promise<RunOutcome> {
  if (error instanceof LeaseLost) return 'lost';
  if (error instanceof Stopped) {
    await releaseClaim(pool, claim);
    return 'released';
  }
  onError(error, claim);
  const errorCode = error instanceof JobError ? error.code : 'internal';
  const isLast = claim.attempt >= job.maxAttempts;
  const ending: Ending = isLast
    ? { state: 'failed', errorCode }
    : { state: 'waiting', errorCode, retryInMs: retryDelayMs(claim.attempt, retryMs) };
  if (!(await endRun(pool, claim, ending))) return 'lost';
  return isLast ? 'failed' : 'retried';
}

export const retryDelayMs = (attempt: number, retryMs: number): number =>
  Math.min(MAX_RETRY_MS, retryMs * 2 ** (attempt - 1));
