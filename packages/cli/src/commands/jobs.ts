import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { wholeNumber } from '../options.ts';

export interface JobRunOptions {
  readonly wait: boolean;
  readonly json?: true;
}

export interface JobHistoryOptions {
  readonly job?: string;
  readonly state?: string;
  readonly limit: number;
  readonly json?: true;
}

const MAX_RUNS = 1_000;

export function addJobs(program: Command): void {
  const jobs = program
    .command('jobs')
    .description('what runs by the clock: schedules, history, and runs beside them')
    .addHelpText(
      'after',
      examples([
        ['jobs list', 'every job, when it runs next, how it ended last'],
        ['jobs run activity-days', 'now, beside its schedule; waits for its end'],
        ['jobs history --job data-retention', 'its runs, the latest first'],
      ]),
    );
  const load = () => import('../jobs/run-jobs.ts');
  jobs
    .command('list')
    .description('every job, when it runs next, and how it ended last')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).list(options));
  jobs
    .command('run')
    .description('ask for a run now; a worker begins with it within seconds')
    .argument('<name>', 'the job')
    .option('--no-wait', 'return at once')
    .option('--json', 'as JSON')
    .action(async (name: string, options: JobRunOptions) => (await load()).run(name, options));
  jobs
    .command('history')
    .description('runs, the latest first')
    .option('--job <name>', 'only of this job')
    .option('--state <state>', 'only waiting, running, succeeded, failed or skipped ones')
    .option('--limit <n>', 'at most so many', wholeNumber(1, MAX_RUNS), 50)
    .option('--json', 'as JSON')
    .action(async (options: JobHistoryOptions) => (await load()).history(options));
}
