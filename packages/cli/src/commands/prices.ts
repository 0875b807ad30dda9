import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { moment } from '../options.ts';

export interface ImportPricesOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

export interface ListPricesOptions {
  readonly model?: string;
  readonly at?: Date;
  readonly history?: true;
  readonly json?: true;
}

export function addPrices(program: Command): void {
  const prices = program
    .command('prices')
    .description('what tokens of AI models cost, from when to when')
    .addHelpText(
      'after',
      examples([
        ['prices import my-prices.json --dry-run', 'what the file would change'],
        ['prices list --model gpt-4o --at 2024-09-01', 'what held on a day'],
      ]),
    );
  const load = () => import('../prices/run-prices.ts');
  prices
    .command('import')
    .description('bring a file of prices into the book; it wins for the models and times it names')
    .argument('<file>', 'JSON; see infra/prices/README.md')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--json', 'as JSON')
    .action(async (file: string, options: ImportPricesOptions) =>
      (await load()).runImportPrices(file, options),
    );
  prices
    .command('list')
    .description('show the prices of the book')
    .option('--model <text>', "those with this in the model's name")
    .option('--at <time>', 'those in force at a day or moment', moment)
    .option('--history', 'superseded ones too')
    .option('--json', 'as JSON')
    .action(async (options: ListPricesOptions) => (await load()).runListPrices(options));
}
