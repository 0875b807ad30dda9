import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { moment, wholeNumber } from '../options.ts';

export interface QualityResultsOptions {
  readonly rule?: string;
  readonly status?: string;
  readonly since?: Date;
  readonly limit: number;
  readonly json?: true;
}

const MAX_RESULTS = 10_000;

export function addQuality(program: Command): void {
  const quality = program
    .command('quality')
    .description('is the data complete, valid, unique, in time, and as much as usual')
    .addHelpText(
      'after',
      examples([
        ['quality run', 'run every rule now, and show what fails'],
        ['quality list', 'the rules, and what each said last'],
        ['quality results --status fail', 'what failed in the last 7 days'],
        ['quality check my-rules.yaml', 'whether a file of rules can be read; docs/data-quality.md'],
      ]),
    );
  const load = () => import('../quality/run-quality.ts');
  quality
    .command('run')
    .description('run every rule now; the same as: jobs run data-quality')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).run(options));
  quality
    .command('list')
    .description('the rules as they were last run, and what each said')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).list(options));
  quality
    .command('results')
    .description('results, the latest first')
    .option('--rule <name>', 'only of this rule')
    .option('--status <status>', 'only pass, fail, not_enough_data or error')
    .option('--since <time>', 'default: 7 days ago', moment)
    .option('--limit <n>', 'at most so many', wholeNumber(1, MAX_RESULTS), 100)
    .option('--json', 'as JSON')
    .action(async (options: QualityResultsOptions) => (await load()).results(options));
  quality
    .command('check')
    .description('whether a file of rules can be read; needs nothing running')
    .argument('<file>', 'YAML or JSON')
    .option('--json', 'as JSON')
    .action(async (file: string, options: { json?: true }) => (await load()).check(file, options));
}
