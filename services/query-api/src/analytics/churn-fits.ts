import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Problem } from '../problem/problem.ts';
import type { FitInput, FitResult } from './churn-fit.ts';

/** Fits in threads, one at a time. */
export interface ChurnFits {
  /** The same input again is not fitted again: events of today do not change what was known yesterday. */
  fit(input: FitInput): Promise<FitResult>;
}

export interface ChurnFitsOptions {
  readonly maxKept: number;
  readonly maxWaiting: number;
  readonly timeoutMs: number;
  readonly run?: (input: FitInput, timeoutMs: number) => Promise<FitResult>;
}

export function createChurnFits({
  maxKept,
  maxWaiting,
  timeoutMs,
  run = runInThread,
}: ChurnFitsOptions): ChurnFits {
  const kept = new Map<string, Promise<FitResult>>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const inTurn = async (input: FitInput): Promise<FitResult> => {
    if (waiting >= maxWaiting) {
      throw new Problem('overloaded', 'Too many models are being fitted.', { retryAfterS: 5 });
    }
    waiting++;
    const turn = last.then(() => run(input, timeoutMs));
    last = turn.catch(() => undefined); // told to who asked
    return turn.finally(() => waiting--);
  };
  return {
    fit(input) {
      const key = createHash('sha256').update(JSON.stringify(input)).digest('base64');
      const present = kept.get(key);
      const result = present ?? inTurn(input);
      kept.delete(key);
      kept.set(key, result);
      result.catch(() => kept.delete(key)); // a failure is not kept
      for (const oldest of kept.keys()) {
        if (kept.size <= maxKept) break;
        kept.delete(oldest);
      }
      return result;
    },
  };
}

function runInThread(input: FitInput, timeoutMs: number): Promise<FitResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./churn-worker.ts', import.meta.url), { workerData: input });
    const timer = setTimeout(() => {
      reject(new Problem('query_timeout', 'The model could not be fitted in time.'));
      void worker.terminate();
    }, timeoutMs);
    worker.once('message', (result: FitResult) => resolve(result));
    worker.once('error', reject);
    worker.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the fitting thread ended with ${code}`));
    });
  });
}
