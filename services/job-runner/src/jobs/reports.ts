import { keepReport, makeReport, runBusinessMetrics } from '@fineprint/business-runs';
import { monthlyAt, weeklyAt } from '@fineprint/jobs';
import { lastWhole, type ReportKind } from '@fineprint/reports';
import type { Job, Run } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';

/** Its figures are computed first, so that no report is older than its period. */
async function report({ warehouse, convention, retentionDays }: JobPorts, run: Run, kind: ReportKind) {
  const period = lastWhole(kind, run.slotMs);
  const { signal } = run;
  const nowMs = Math.max(run.slotMs, run.claimedAtMs);
  await runBusinessMetrics(warehouse, { convention, nowMs, what: period, retentionDays, signal });
  const made = await makeReport(warehouse, { kind, period, nowMs, signal });
  await run.whileOurs((client) => keepReport(client, made));
  return {
    report: made.id,
    html_bytes: Buffer.byteLength(made.html),
    csv_bytes: Buffer.byteLength(made.csv),
  };
}

export const weeklyReport: Job<JobPorts> = {
  name: 'weekly-report',
  description: 'the report of the last whole week',
  schedule: weeklyAt('Monday', '09:00'),
  missed: { type: 'each', atMost: 4 },
  timeoutMs: 1_800_000,
  maxAttempts: 3,
  run: (ports, run) => report(ports, run, 'weekly'),
};

export const monthlyReport: Job<JobPorts> = {
  name: 'monthly-report',
  description: 'the report of the last whole month',
  schedule: monthlyAt(1, '09:00'),
  missed: { type: 'each', atMost: 3 },
  timeoutMs: 1_800_000,
  maxAttempts: 3,
  run: (ports, run) => report(ports, run, 'monthly'),
};
