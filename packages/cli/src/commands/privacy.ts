import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { wholeNumber } from '../options.ts';

export interface PrivacyRequestOptions {
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly note: string;
  readonly ccpa?: true;
  readonly wait: boolean;
  readonly out?: string;
  readonly json?: true;
}

export interface PrivacyListOptions {
  readonly state?: string;
  readonly limit: number;
  readonly json?: true;
}

const MAX_REQUESTS = 1_000;

export function addPrivacy(program: Command): void {
  const privacy = program
    .command('privacy')
    .description('rights of people: everything that is stored about one, and its erasure')
    .addHelpText(
      'after',
      examples([
        [
          'privacy export --user-id user-1 --note "signed in" --out user-1.tar.gz',
          'an archive of everything about a user',
        ],
        [
          'privacy erase --user-id user-1 --note "letter of 5 May, passport seen"',
          'all of it goes; the receipt says what',
        ],
        ['privacy requests', 'requests, how they stand, when they are due'],
        ['privacy receipt 01890a5d-…', 'what an erasure removed, and whether its signature holds'],
      ]),
    );
  const load = () => import('../privacy/run-privacy.ts');
  const asking = (name: string, description: string) =>
    privacy
      .command(name)
      .description(description)
      .option('--user-id <id>', 'the user, as producers send the id')
      .option('--anonymous-id <id>', 'the visitor, as producers send the id')
      .requiredOption('--note <text>', 'how it was checked that it is them; no personal data')
      .option('--ccpa', 'due in 45 days instead of 30')
      .option('--no-wait', 'return at once')
      .option('--json', 'as JSON');
  asking('export', 'an archive of everything about one person')
    .option('--out <file>', 'copy the archive there')
    .action(async (options: PrivacyRequestOptions) => (await load()).request('access', options));
  asking('erase', 'erase everything about one person, with a receipt').action(
    async (options: PrivacyRequestOptions) => (await load()).request('erasure', options),
  );
  privacy
    .command('requests')
    .description('requests, the latest first')
    .option('--state <state>', 'only open, following or done ones')
    .option('--limit <n>', 'at most so many', wholeNumber(1, MAX_REQUESTS), 50)
    .option('--json', 'as JSON')
    .action(async (options: PrivacyListOptions) => (await load()).list(options));
  privacy
    .command('receipt')
    .description("an erasure's receipt; exit code 1 where its signature does not hold")
    .argument('<id>', "the request's id")
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: true }) => (await load()).showReceipt(id, options));
  privacy
    .command('resolve')
    .description('the pseudonym that stores hold for an id')
    .option('--user-id <id>', 'a user')
    .option('--anonymous-id <id>', 'a visitor')
    .option('--json', 'as JSON')
    .action(async (options: { userId?: string; anonymousId?: string; json?: true }) =>
      (await load()).resolve(options),
    );
}
