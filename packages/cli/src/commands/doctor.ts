import type { Command } from 'commander';
import { examples } from '../examples.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and the running stack, and say how to mend what is wrong')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `\nExit code: 0 when nothing is wrong, 1 otherwise.\n${examples([['doctor', 'before asking anybody']])}`,
    )
    .action(async (options: { json?: true }) => {
      const { runDoctor } = await import('../doctor/run-doctor.ts');
      await runDoctor(options);
    });
}
