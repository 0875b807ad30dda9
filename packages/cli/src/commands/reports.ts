import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl, moment } from '../options.ts';
import type { QueryOptions } from './experiments.ts';

export interface RunReportOptions {
  readonly kind: 'weekly' | 'monthly';
  readonly of?: Date;
  readonly convention?: string;
  readonly json?: true;
}

export interface ShowReportOptions extends QueryOptions {
  readonly format: 'html' | 'csv';
  readonly out?: string;
  readonly encrypt?: true;
}

const load = () => import('../reports/run-reports.ts');

export function addReports(program: Command): void {
  const reports = program
    .command('reports')
    .description('the weekly and monthly reports')
    .addHelpText(
      'after',
      examples([
        ['reports run', 'make that of the last whole week'],
        ['reports run --kind monthly --of 2026-01-15', 'make that of January'],
        ['reports list', 'what there is'],
        ['reports show weekly-2026-01-05 --out week.html', 'a page for a browser'],
        ['reports show weekly-2026-01-05 --format csv', 'its figures'],
      ]),
    );
  const kinds = () => new Option('--kind <kind>', 'weekly or monthly').choices(['weekly', 'monthly']);
  reports
    .command('run')
    .description('make a report and keep it; one of the same time is replaced')
    .addOption(kinds().default('weekly'))
    .option('--of <time>', 'the week or month that holds this (default: the last whole one)', moment)
    .option('--convention <file>', 'which events mean what, as for metrics run')
    .option('--json', 'as JSON')
    .action(async (options: RunReportOptions) => (await load()).runReport(options));
  const remote = (command: Command) =>
    command
      .option('--url <url>', "the query API's address (default: the local one)", httpUrl)
      .option('--key <API key>', 'default: FINEPRINT_API_KEY, else the local key that `up` made')
      .option('--json', 'as JSON');
  remote(reports.command('list').description('all reports, the newest first').addOption(kinds())).action(
    async (options: QueryOptions & { kind?: string }) => (await load()).listReports(options),
  );
  remote(
    reports
      .command('show')
      .description('one report')
      .argument('<id>', 'as the list says it')
      .addOption(
        new Option('--format <name>', 'the page, or its figures').choices(['html', 'csv']).default('html'),
      )
      .option('--out <file>', 'where to (default: standard output)')
      .option('--encrypt', 'the file is encrypted with ENCRYPTION_KEYS (always so with NODE_ENV=production)'),
  ).action(async (id: string, options: ShowReportOptions) => (await load()).showReport(id, options));
}
