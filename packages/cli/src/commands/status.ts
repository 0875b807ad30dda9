import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { openLocalStack } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('show every part and service, and how far the consumer groups are')
    .option('--json', 'everything, with lag by partition')
    .addHelpText(
      'after',
      `\nExit code: 0 when everything is ready, 1 otherwise.\n${examples([
        ['status', 'at a glance'],
        ["status --json | jq '.lag | map(.lag) | add'", 'records not yet read, for a script'],
      ])}`,
    )
    .action(async (options: { json?: true }) => {
      const { readStatus } = await import('../status/read-status.ts');
      const { renderStatus } = await import('../status/render-status.ts');
      const report = await readStatus(await openLocalStack());
      if (options.json) await printJson(report);
      else await printText(renderStatus(report));
      if (!report.ready) process.exitCode = 1;
    });
}
