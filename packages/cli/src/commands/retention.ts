import type { Command } from 'commander';
import { examples } from '../examples.ts';

export function addRetention(program: Command): void {
  program
    .command('retention')
    .description('how long what is kept')
    .addHelpText(
      'after',
      examples([['retention show', 'data sets and topics, their oldest rows, and when these go']]),
    )
    .command('show')
    .description('every data set and topic with its limit, its oldest row, and when that goes')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) =>
      (await import('../retention/run-retention.ts')).show(options),
    );
}
