import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { wholeNumber } from '../options.ts';

export interface LogsOptions {
  readonly follow?: true;
  readonly lines: number;
  readonly json?: true;
}

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('show the log of a part or service')
    .argument('<name>', 'kafka, registry, …, pii-scrubber, … as `status` names them')
    .option('-f, --follow', 'go on with what is added')
    .option('-n, --lines <number>', 'lines from the end', wholeNumber(1, 10_000), 50)
    .option('--json', 'lines as they were written')
    .addHelpText('after', examples([['logs warehouse-loader -f', 'what it does now']]))
    .action(async (name: string, options: LogsOptions) => {
      const { showLogs } = await import('../logs/show-logs.ts');
      await showLogs(name, options);
    });
}
