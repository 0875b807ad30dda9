import { dailyAt } from '@fineprint/jobs';
import type { Job, Run } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';
import { countWindows, grains, unevenDays } from './activity.ts';
import { keptFromMs } from './kept-from.ts';
import { lastSuccessMs } from './last-success.ts';

/** A loader may have been so far behind. */
const OVERLAP_MS = 3 * grains.day;

/** Counts days, and sees to it that the quarters of each day add up to it. */
export const activityDays: Job<JobPorts> = {
  name: 'activity-days',
  description:
    'counts events, people, sessions and AI requests by day, and checks the quarter hours against it',
  schedule: dailyAt('02:00'),
  missed: { type: 'latest' },
  timeoutMs: 1_800_000,
  maxAttempts: 3,
  async run(ports, run) {
    const last = await lastSuccessMs(run);
    const notBeforeMs = keptFromMs(run.slotMs, ports.retentionDays);
    const days = await countWindows(ports.warehouse, run, {
      grain: 'day',
      receivedSinceMs: last === null ? 0 : last - OVERLAP_MS,
      endedByMs: run.slotMs,
      notBeforeMs,
    });
    return { days, mended_days: await mendQuarters(ports, run, notBeforeMs) };
  },
};

async function mendQuarters({ warehouse }: JobPorts, run: Run, notBeforeMs: number): Promise<number> {
  const toMs = Math.floor(run.slotMs / grains.day) * grains.day;
  const fromMs = Math.ceil(notBeforeMs / grains.day) * grains.day;
  const days = await unevenDays(warehouse, run, { fromMs, toMs });
  for (const dayMs of days) {
    await countWindows(warehouse, run, {
      grain: 'quarter_hour',
      receivedSinceMs: 0,
      endedByMs: dayMs + grains.day,
      notBeforeMs: dayMs,
    });
  }
  return days.length;
}
