import type { Queryable } from '@fineprint/http-kit';
import type { Claim, JobTiming, RunResult } from '@fineprint/jobs';

/** A job: when it runs, and what it does. */
export interface Job<Ports> extends JobTiming {
  /**
   * Does the work of one slot and resolves with figures for the history; throws a JobError, or anything, to be tried again.
   * It may be run again at any point after a crash, also while somebody who was thought dead still runs it: what it does to a
   * store is either inside `whileOurs`, or the same however often it is done.
   */
  readonly run: (ports: Ports, run: Run) => Promise<RunResult>;
}

/** One attempt at a slot. */
export interface Run extends Claim {
  /** Aborted when the attempt takes too long, the run is somebody else's by now, or the process stops. */
  readonly signal: AbortSignal;
  /** Does something in Postgres once: in a transaction that nobody can take the run over before. Throws where it is lost. */
  whileOurs<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
}
