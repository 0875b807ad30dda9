import type { Claim, Claimed } from '@fineprint/jobs';
import type { Metrics } from '@fineprint/observability';
import type { RunOutcome } from './engine/run-claim.ts';

export type JobMetrics = ReturnType<typeof createJobMetrics>;

export function createJobMetrics(metrics: Metrics, gauges: { readonly running: () => number }) {
  metrics.gaugeOf('fineprint_jobs_running', 'Runs under way in this process.', gauges.running);
  const runs = metrics.counter({
    name: 'fineprint_jobs_runs_total',
    help: 'Attempts by what became of them: succeeded, retried, failed (the last one), lost (another worker has it), released (this one stopped).',
    labelNames: ['job', 'outcome'],
  });
  const seconds = metrics.histogram({
    name: 'fineprint_jobs_run_seconds',
    help: 'From claiming a run to its end.',
    labelNames: ['job'],
    buckets: [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600],
  });
  const takenOver = metrics.counter({
    name: 'fineprint_jobs_taken_over_total',
    help: 'Runs that another worker began and did not end.',
    labelNames: ['job'],
  });
  const skipped = metrics.counter({
    name: 'fineprint_jobs_skipped_total',
    help: 'Slots that were missed and, by the job’s policy, are not run.',
    labelNames: ['job'],
  });
  return {
    wakeUps: metrics.counter({
      name: 'fineprint_jobs_wake_ups_total',
      help: 'How often Redis woke this process.',
    }),
    published: metrics.counter({
      name: 'fineprint_jobs_published_total',
      help: 'Records that Kafka has acknowledged, repeats after a crash included.',
    }),
    overdue: metrics.gauge({
      name: 'fineprint_jobs_overdue_seconds',
      help: 'For how long the oldest run that is due has been.',
    }),
    claimed({ claim, planned, lost }: Claimed) {
      for (const { job, skipped: count } of planned) skipped.inc({ job }, count);
      for (const job of lost) runs.inc({ job, outcome: 'failed' });
      if (claim?.isTakenOver) takenOver.inc({ job: claim.job });
    },
    ended({ job }: Claim, outcome: RunOutcome, runSeconds: number) {
      runs.inc({ job, outcome });
      seconds.observe({ job }, runSeconds);
    },
  };
}
