import { type Command, InvalidArgumentError } from 'commander';
import { examples } from '../examples.ts';

export interface ScalePlanOptions {
  readonly eventsPerSecond: number;
  readonly averageEventsPerSecond?: number;
  readonly aiShare?: number;
  readonly headroom?: number;
  readonly replication?: number;
  readonly rawRetentionHours?: number;
  readonly dedupHours?: number;
  readonly retentionDays?: number;
  readonly subjects?: number;
  readonly brokerMibPerSecond?: number;
  readonly maxPartitions?: number;
  readonly figures?: readonly string[];
  readonly json?: true;
}

/** `1000`, `0.25`, `1e6`; what it may be is for the plan to say. */
export function amount(text: string): number {
  const value = /^\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number, as in 20000, 0.25 or 1e6.');
}

const collect = (file: string, files: readonly string[] = []): readonly string[] => [...files, file];

export function addScale(program: Command): void {
  program
    .command('scale')
    .description('how much of everything a load takes')
    .addHelpText(
      'after',
      examples([['scale plan --events-per-second 1e6', 'cores, instances, partitions, disks']]),
    )
    .command('plan')
    .description('cores, instances, partitions, brokers and disks for a load, from what benches measured')
    .requiredOption('--events-per-second <count>', 'at the busiest', amount)
    .option(
      '--average-events-per-second <count>',
      'over a day, what disks fill with (default: the same)',
      amount,
    )
    .option('--ai-share <share>', 'of AI requests; the others are product events (default: 0.25)', amount)
    .option('--subjects <count>', 'people that the events are of (default: 1000000)', amount)
    .option(
      '--headroom <share>',
      'how much of a core a process may use at the busiest (default: 0.6)',
      amount,
    )
    .option('--replication <copies>', 'copies of every topic (default: 3)', amount)
    .option('--raw-retention-hours <hours>', 'RAW_RETENTION_HOURS (default: 72)', amount)
    .option('--dedup-hours <hours>', 'DEDUP_WINDOW_HOURS (default: 168)', amount)
    .option('--retention-days <days>', 'DATA_RETENTION_DAYS (default: 365)', amount)
    .option(
      '--broker-mib-per-second <mib>',
      'what one broker may be written with, copies included (default: 100)',
      amount,
    )
    .option('--max-partitions <count>', 'that a topic may have (default: 1000)', amount)
    .option(
      '--figures <file>',
      'what `bench e2e --json` or `bench stages --json` printed; may be repeated',
      collect,
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples([
        ['scale plan --events-per-second 20000', 'from the committed figures'],
        [
          'scale plan --events-per-second 1e6 --ai-share 0.05 --dedup-hours 24',
          'another mix, a shorter memory',
        ],
        ['scale plan --events-per-second 1e5 --figures e2e.json', "from a run on one's own machine"],
      ]),
    )
    .action(async (options: ScalePlanOptions) => (await import('../scale/run-plan.ts')).runPlan(options));
}
