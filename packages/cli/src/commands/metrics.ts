import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl, moment, momentOrAgo } from '../options.ts';
import type { QueryOptions } from './experiments.ts';

export interface RunMetricsOptions {
  readonly daily?: true;
  readonly from?: Date;
  readonly to?: Date;
  readonly convention?: string;
  readonly json?: true;
}

export interface ShowMetricsOptions extends QueryOptions {
  readonly hours?: true;
  readonly from?: Date;
  readonly to?: Date;
  readonly by: string;
}

const load = () => import('../metrics/run-metrics.ts');

export function addMetrics(program: Command): void {
  const metrics = program
    .command('metrics')
    .description('revenue, growth and use of the product, by hour and day')
    .addHelpText(
      'after',
      examples([
        ['metrics run', 'compute what is new, as the schedule does every hour'],
        ['metrics run --from 2026-01-01 --to 2026-02-01', 'compute a month again'],
        ['metrics show revenue --from 2026-01-01', 'MRR and what moved it'],
        ['metrics show usage --by plan', 'events and people of each plan'],
        ['metrics list', 'what each figure means'],
      ]),
    );
  metrics
    .command('run')
    .description('compute figures and store them; twice changes nothing')
    .option(
      '--daily',
      'look back 35 days, as the daily run does; without it 2, or as far as late events reach',
    )
    .option('--from <time>', 'all periods from this day or moment on', moment)
    .option('--to <time>', 'until before this; now if left out', moment)
    .option(
      '--convention <file>',
      'which events mean what, as JSON (default: BUSINESS_CONVENTION_FILE, or the built-in one)',
    )
    .option('--json', 'as JSON')
    .action(async (options: RunMetricsOptions) => (await load()).runMetrics(options));
  metrics
    .command('list')
    .description('what each figure means, and how periods add up')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).listMetrics(options));
  metrics
    .command('show')
    .description('figures by day, through the query API')
    .argument('<family>', 'revenue, plans, growth or usage')
    .option('--hours', 'by hour')
    .option('--from <time>', 'a day or moment, or how long ago (30d)', momentOrAgo)
    .option('--to <time>', 'until before this', momentOrAgo)
    .addOption(
      new Option('--by <scope>', 'of usage: one row per')
        .choices(['all', 'plan', 'feature', 'plan_feature'])
        .default('all'),
    )
    .option('--url <url>', "the query API's address (default: the local one)", httpUrl)
    .option('--key <API key>', 'default: FINEPRINT_API_KEY, else the local key that `up` made')
    .option('--json', 'as JSON')
    .action(async (family: string, options: ShowMetricsOptions) =>
      (await load()).showMetrics(family, options),
    );
}
