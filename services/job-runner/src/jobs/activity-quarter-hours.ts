import { every } from '@fineprint/jobs';
import type { Job } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';
import { countWindows } from './activity.ts';
import { keptFromMs } from './kept-from.ts';
import { lastSuccessMs } from './last-success.ts';

/** What was received shortly before the last run may not have been stored yet when it looked. */
const OVERLAP_MS = 3_600_000;

/** One run sees everything that was received since the last one, however many slots were missed. */
export const activityQuarterHours: Job<JobPorts> = {
  name: 'activity-quarter-hours',
  description: 'counts events, people, sessions and AI requests by quarter of an hour',
  schedule: every(15),
  missed: { type: 'latest' },
  timeoutMs: 600_000,
  maxAttempts: 3,
  async run({ warehouse, retentionDays }, run) {
    const last = await lastSuccessMs(run);
    const windows = await countWindows(warehouse, run, {
      grain: 'quarter_hour',
      receivedSinceMs: last === null ? 0 : last - OVERLAP_MS,
      endedByMs: run.slotMs,
      notBeforeMs: keptFromMs(run.slotMs, retentionDays),
    });
    return { windows };
  },
};
