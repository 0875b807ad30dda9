import type { Command } from 'commander';
import { openLocalStack } from '../open-stack.ts';

export function addDown(program: Command): void {
  program
    .command('down')
    .description('stop exactly what `up` started; data stays')
    .addHelpText(
      'after',
      '\nTo begin with empty stores: `down`, then remove the folder .fineprint (or FINEPRINT_DATA_DIR).\n',
    )
    .action(async () => {
      const { runDown } = await import('../up/run-down.ts');
      await runDown(await openLocalStack());
    });
}
