import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl, momentOrAgo, wholeNumber } from '../options.ts';

/** Which dead letters. */
export interface LetterOptions {
  readonly stage?: string;
  readonly reason?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly event?: string;
  readonly topic?: string;
}

export interface ListOptions extends LetterOptions {
  readonly all?: true;
  readonly limit: number;
  readonly count?: true;
  readonly json?: true;
}

export interface ShowOptions {
  readonly bytes?: true;
  readonly json?: true;
}

export interface ReplayOptions extends LetterOptions {
  readonly id?: string;
  readonly limit?: number;
  readonly operator?: string;
  readonly url?: string;
  readonly writeKey?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

const MAX_SHOWN = 100_000;
const DEFAULT_SHOWN = 50;

export function addDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('what stages refused: look at it, and give it back once the cause is mended')
    .addHelpText(
      'after',
      examples([
        ['dlq list --since 1h', 'what was refused in the last hour and still waits'],
        ['dlq list --count', 'how many by stage, code and event'],
        ['dlq show 6f1c…', 'one of them, without its bytes'],
        ['dlq replay --stage pii-scrubber --reason unknown_schema', 'give them back; twice changes nothing'],
      ]),
    );
  filtered(dlq.command('list').description('show dead letters that wait, newest first'))
    .option('--all', 'those that were replayed too')
    .option('--limit <letters>', 'show so many', wholeNumber(1, MAX_SHOWN), DEFAULT_SHOWN)
    .option('--count', 'how many of each stage, code, event name and state')
    .option('--json', 'as JSON')
    .action(async (options: ListOptions) => {
      const { listLetters } = await import('../dlq/run-list.ts');
      await listLetters(options);
    });
  dlq
    .command('show')
    .description('show everything about a dead letter but its values')
    .argument('<id>', "the dead letter's id, or the event's")
    .option('--bytes', 'its original bytes too, which may hold personal data')
    .option('--json', 'as JSON')
    .action(async (id: string, options: ShowOptions) => {
      const { showLetter } = await import('../dlq/run-show.ts');
      await showLetter(id, options);
    });
  filtered(dlq.command('replay').description('give dead letters back to the stages that refused them'))
    .option('--id <id>', "one dead letter's id, or an event's")
    .option('--limit <letters>', 'the oldest so many', wholeNumber(1, MAX_SHOWN))
    .option('--url <url>', "the gateway's address, for its letters (default: the local one)", httpUrl)
    .option(
      '--write-key <key>',
      'of the source whose events they are (default: FINEPRINT_WRITE_KEY, else the local key)',
    )
    .option('--operator <name>', 'who does it, for the record (default: your account here)')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'the summary as JSON')
    .action(async (options: ReplayOptions) => {
      const { replayLetters } = await import('../dlq/run-replay.ts');
      await replayLetters(options);
    });
}

function filtered(command: Command): Command {
  return command
    .option('--stage <stage>', 'refused by this stage')
    .option('--reason <code>', 'for this reason')
    .option('--since <time>', 'from then on: a time, or how long ago (30m, 1h, 2d)', momentOrAgo)
    .option('--until <time>', 'before then', momentOrAgo)
    .option('--event <name>', 'events of this name, where it can be read')
    .option('--topic <topic>', 'read from this topic');
}
