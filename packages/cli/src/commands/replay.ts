import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { momentOrAgo, wholeNumber } from '../options.ts';

export interface ReplayOptions {
  readonly stage?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly topic?: readonly string[];
  readonly shadow?: true;
  readonly promote?: string;
  readonly discard?: string;
  readonly discardBackup?: string;
  readonly list?: true;
  readonly show?: string;
  readonly wait: number;
  readonly json?: true;
}

const MAX_WAIT_S = 3_600;

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description(
      'run the current code of a stage over history, see what would change, then swap it in or not',
    )
    .option('--stage <name>', 'the stage, e.g. pii-scrubber')
    .option('--since <time>', 'from here on: 24h, 90m, 2d, or a time (2026-03-01T12:00:00Z)', momentOrAgo)
    .option('--until <time>', 'up to here (default: now)', momentOrAgo)
    .option('--topic <names...>', 'only these raw topics (default: all that the stage reads)')
    .option('--shadow', 'run it beside the live tables, and show the difference; changes nothing')
    .option('--promote <id>', 'swap the rows of a shadow run in; may be repeated')
    .option('--discard <id>', 'delete everything of a shadow run')
    .option('--discard-backup <id>', 'delete the rows that a promotion replaced (else kept for 72 hours)')
    .option('--list', 'the last runs')
    .option('--show <id>', 'one run and its difference')
    .option('--wait <seconds>', 'how long to wait for the warehouse-loader', wholeNumber(1, MAX_WAIT_S), 300)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
The stage runs with the settings of this command's environment (for pii-scrubber: PII_POLICY_FILE and the rest), so a new policy
can be tried before it is deployed. docs/replay.md says what a promotion changes and what not.
${examples([
  ['replay --stage pii-scrubber --since 24h --shadow', 'what would be otherwise, had the current code run'],
  ['replay --show 1f2e3d4c', 'that again'],
  ['replay --promote 1f2e3d4c', 'make it so'],
  ['replay --discard 1f2e3d4c', 'or leave no trace'],
])}`,
    )
    .action(async (options: ReplayOptions) => (await import('../replay/run-replay.ts')).runReplay(options));
}
