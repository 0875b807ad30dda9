import type { Command } from 'commander';
import { examples } from '../examples.ts';
import type { MissionOptions } from '../mission/run-mission-command.ts';
import { wholeNumbers } from '../options.ts';

export function addMission(program: Command): void {
  program
    .command('mission')
    .description('try every row of the product document against the running stack')
    .option('--rows <numbers>', 'only these, by commas', wholeNumbers)
    .option('--json', 'rows with status and evidence')
    .option('--write', 'write docs/mission.md')
    .addHelpText(
      'after',
      `\nSends events of its own, under names of its own. Exit code: 0 when every row works.\n${examples([
        ['mission', 'row, works or fails, evidence'],
        ['mission --rows 6,30', 'two of them'],
      ])}`,
    )
    .action(async (options: MissionOptions) => {
      const { runMissionCommand } = await import('../mission/run-mission-command.ts');
      await runMissionCommand(options);
    });
}
