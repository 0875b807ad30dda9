import type { MissedPolicy } from './plan-slots.ts';
import type { Schedule } from './schedule.ts';

/** When a job runs and how long it may; what it does stands beside it in the job runner's list. */
export interface JobTiming {
  /** Lower case, digits and `-`. */
  readonly name: string;
  readonly description: string;
  readonly schedule: Schedule;
  readonly missed: MissedPolicy;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
}

/** The right to run a slot of a job, until its lease runs out. */
export interface Claim {
  readonly job: string;
  readonly slotMs: number;
  readonly trigger: RunTrigger;
  /** Higher than that of everybody who had this run before. */
  readonly token: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** By Postgres' clock: never earlier than that of a claim made before, so it orders what runs wrote. */
  readonly claimedAtMs: number;
  /** Whether somebody held it before and neither finished nor gave it back. */
  readonly isTakenOver: boolean;
}

export type RunTrigger = 'schedule' | 'manual';
export const runStates = ['waiting', 'running', 'succeeded', 'failed', 'skipped'] as const;
export type RunState = (typeof runStates)[number];

/** What a run found or did, in figures: it is shown to people, and holds nothing personal. */
export type RunResult = Readonly<Record<string, unknown>>;

/** A failure with a stable code, which goes into the history. The message is for the log. */
export class JobError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'JobError';
    this.code = code;
  }
}

/** The codes that runs have without a JobError of their own. */
export const runErrorCodes = {
  internal: 'the handler failed; the log says how',
  timeout: 'an attempt took longer than it may',
  worker_lost: 'the worker died, or lost its lease, in the last attempt',
} as const;
