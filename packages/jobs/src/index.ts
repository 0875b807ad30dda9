export {
  type Claimed,
  claimRun,
  type Ending,
  endRun,
  releaseClaim,
  renewClaim,
  whileOurs,
} from './claims.ts';
export { removeOldRuns } from './clean-up.ts';
export {
  type HistoryFilter,
  type ListedJob,
  type ListedRun,
  listJobs,
  listRuns,
  readRun,
} from './history.ts';
export {
  type Claim,
  JobError,
  type JobTiming,
  type RunResult,
  type RunState,
  type RunTrigger,
  runErrorCodes,
  runStates,
} from './job.ts';
export { jobOutbox, putInOutbox } from './outbox.ts';
export { registerJobs } from './plan-jobs.ts';
export type { MissedPolicy } from './plan-slots.ts';
export { type JobProgress, readProgress } from './progress.ts';
export { type RequestRefusal, requestRun } from './request-run.ts';
export {
  cronOf,
  dailyAt,
  describeSchedule,
  every,
  monthlyAt,
  type Schedule,
  type TimeOfDay,
  type Weekday,
  weeklyAt,
} from './schedule.ts';
