import { inTransaction } from '@fineprint/http-kit';
import type { Pool } from 'pg';
import type { Run } from '../engine/job.ts';

/** An attempt as handlers see it, for a slot that nobody else runs. */
export const unclaimedRun = (pool: Pool, job: string, slotMs: number, claimedAtMs = Date.now()): Run => ({
  job,
  slotMs,
  trigger: 'manual',
  token: 1,
  attempt: 1,
  claimedAtMs,
  isTakenOver: false,
  signal: new AbortController().signal,
  whileOurs: (work) => inTransaction(pool, work),
});
