import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { wholeNumber } from '../options.ts';

export interface TailOptions {
  readonly from: string;
  readonly limit?: number;
  /** False with --no-follow. */
  readonly follow: boolean;
  readonly json?: true;
  readonly rawPersonalData?: true;
}

export function addTail(program: Command): void {
  program
    .command('tail')
    .description("show a topic's records, decoded, as they come")
    .argument('<topic>', 'as `topology` names them')
    .option('--from <place>', 'earliest, latest, or a number of records back', '10')
    .option('--limit <records>', 'end after so many', wholeNumber(1, 1_000_000_000))
    .option('--no-follow', 'end with the last record that is there now')
    .option('--json', 'one JSON object per line, all fields')
    .option('--raw-personal-data', 'allow topics that may hold personal data')
    .addHelpText(
      'after',
      examples([
        ['tail product.events.clean', 'the last ten, then what comes'],
        ['tail ai.requests.clean --from earliest --no-follow --json', 'for a script'],
      ]),
    )
    .action(async (topic: string, options: TailOptions) => {
      const { runTail } = await import('../tail/run-tail.ts');
      await runTail(topic, options);
    });
}
