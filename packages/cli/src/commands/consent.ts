import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { httpUrl } from '../options.ts';
import type { QueryOptions } from './experiments.ts';

export interface ShowConsentOptions extends QueryOptions {
  readonly kind: string;
}

export interface RecordConsentOptions {
  readonly user?: string;
  readonly device?: string;
  readonly allow?: string;
  readonly deny?: string;
  readonly jurisdiction?: string;
  readonly method: string;
  readonly policyVersion?: string;
  readonly expires?: string;
  readonly at?: string;
  readonly proof?: string;
  readonly url?: string;
  readonly key?: string;
  readonly json?: true;
}

export function addConsent(program: Command): void {
  const command = program
    .command('consent')
    .description('what people allow: record it, and look up what they said')
    .addHelpText(
      'after',
      examples([
        ['consent record --user user_42 --allow analytics,ai --deny marketing', 'from now on'],
        ['consent show user_42', 'what counts now, and everything that was said'],
      ]),
    );
  command
    .command('show')
    .description('what a person allowed and withdrew, and what counts now')
    .argument('<subject>', 'a user id or an anonymous id')
    .option('--kind <kind>', 'user, anonymous, or any', 'any')
    .option('--url <url>', "the query API's address (default: the local one)", httpUrl)
    .option(
      '--key <API key>',
      "a privacy officer's or admin's; default: FINEPRINT_API_KEY, else the local key",
    )
    .option('--json', 'as JSON')
    .action(async (subject: string, options: ShowConsentOptions) =>
      (await import('../consent/run-consent.ts')).show(subject, options),
    );
  command
    .command('record')
    .description('record what a person allows or withdraws')
    .option('--user <id>', 'the signed-in user')
    .option('--device <id>', 'the browser or device')
    .option('--allow <categories>', 'comma-separated: analytics, marketing, ai')
    .option('--deny <categories>', 'comma-separated')
    .option('--jurisdiction <law>', 'the law it was asked under: GDPR, CCPA, ...')
    .option('--method <how>', 'how it was given', 'operator')
    .option('--policy-version <version>', 'the text that was agreed to')
    .option('--expires <time>', 'from when on a yes has to be asked for again')
    .option('--at <time>', 'when it was said (default: now)')
    .option('--proof <json>', 'a JSON object that proves it')
    .option('--url <url>', "the gateway's address (default: the local one)", httpUrl)
    .option('--key <write key>', 'default: FINEPRINT_WRITE_KEY, else the local key that `up` made')
    .option('--json', 'as JSON')
    .action(async (options: RecordConsentOptions) =>
      (await import('../consent/run-consent.ts')).record(options),
    );
}
