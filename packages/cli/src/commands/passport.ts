import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl } from '../options.ts';
import type { QueryOptions } from './experiments.ts';

export function addPassport(program: Command): void {
  program
    .command('passport')
    .description('where an event went, what was changed, and where it stopped')
    .argument('<event_id>', "the event's id, or a dead letter's")
    .option('--url <url>', "the query API's address (default: the local one)", httpUrl)
    .option('--key <API key>', 'default: FINEPRINT_API_KEY, else the local key that `up` made')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples([
        ['passport 01890a5d-ac96-774b-bcce-b302099a8057', 'every hop, from the gateway to the tables'],
        [
          "passport 01890a5d-ac96-774b-bcce-b302099a8057 --json | jq '.hops[].changes'",
          'what the scrubber took out, for a script',
        ],
      ]),
    )
    .action(async (id: string, options: QueryOptions) =>
      (await import('../passport/run-passport.ts')).run(id, options),
    );
}
