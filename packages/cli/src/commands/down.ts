import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { openLocalStack } from '../open-stack.ts';

export function addDown(program: Command): void {
  program
    .command('down')
    .description('stop exactly what `up` started; data stays')
    .option('--erase', 'delete what the parts have stored, too')
    .addHelpText(
      'after',
      examples([
        ['down', 'stop'],
        ['down --erase', 'stop, and begin with empty stores the next time'],
      ]),
    )
    .action(async (options: { erase?: true }) => {
      const { runDown } = await import('../up/run-down.ts');
      await runDown(await openLocalStack(), options.erase === true);
    });
}
