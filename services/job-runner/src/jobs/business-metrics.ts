import { runBusinessMetrics } from '@fineprint/business-runs';
import { dailyAt, every } from '@fineprint/jobs';
import type { Job, Run } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';

async function compute(ports: JobPorts, run: Run, what: 'hourly' | 'daily') {
  const { fromMs, toMs, rows, tookMs } = await runBusinessMetrics(ports.warehouse, {
    convention: ports.convention,
    nowMs: Math.max(run.slotMs, run.claimedAtMs),
    what,
    retentionDays: ports.retentionDays,
    signal: run.signal,
  });
  const iso = (ms: number) => new Date(ms).toISOString();
  return { from: iso(fromMs), to: iso(toMs), rows, took_ms: tookMs };
}

/** Of each period the newest whole run counts, so attempts may be repeated, and beside one another. */
export const businessHours: Job<JobPorts> = {
  name: 'business-metrics-hourly',
  description: 'revenue, growth and usage of the last two days, and as far back as late events reach',
  schedule: every(60),
  missed: { type: 'latest' },
  timeoutMs: 1_800_000,
  maxAttempts: 3,
  run: (ports, run) => compute(ports, run, 'hourly'),
};

/** Also for what no event tells: an anonymous person who was identified, rows that were erased. */
export const businessDays: Job<JobPorts> = {
  name: 'business-metrics-daily',
  description: 'revenue, growth and usage of the last 35 days',
  schedule: dailyAt('02:00'),
  missed: { type: 'latest' },
  timeoutMs: 3_600_000,
  maxAttempts: 3,
  run: (ports, run) => compute(ports, run, 'daily'),
};
