import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';

/** Named here so that showing help loads no client of a store. */
const READER_ROLES = ['analyst', 'operator', 'privacy_officer', 'admin'] as const;

export interface CreateKeyOptions {
  readonly origin?: string[];
  readonly role?: (typeof READER_ROLES)[number];
  readonly dataset?: string[];
  readonly unmasked?: true;
  readonly expires?: string;
  readonly json?: true;
}

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('make, list and revoke keys: write keys of producers, API keys of readers')
    .addHelpText(
      'after',
      examples([
        ['keys create web-app --origin https://app.example.com', 'a key for a site; shown once'],
        ['keys create anna --role analyst --expires 90d', 'a key that reads, for 90 days; shown once'],
        [
          'keys create sheet --role analyst --dataset business_revenue',
          'exports this data set and does nothing else',
        ],
        ['keys revoke 6f1c…', 'by its id; it is refused within seconds'],
      ]),
    );
  const load = () => import('../keys/run-keys.ts');
  keys
    .command('create')
    .description('make a write key for a source or, with --role, an API key; it is shown once')
    .argument('<name>', "the producer's name, which its events carry; or the reader's")
    .option('--origin <origin...>', 'pages that may use it (default: those of CORS_ORIGINS, none unless set)')
    .addOption(
      new Option('--role <role>', 'makes a key that reads through the query API').choices(READER_ROLES),
    )
    .option('--dataset <name...>', 'with --role: data sets that it exports, and does nothing else')
    .option('--unmasked', "with --role: people's ids and words as they are, for an analyst or operator")
    .option('--expires <when>', 'its end: a time, or so long from now as in 12h, 90d (default: never)')
    .option('--json', 'as JSON')
    .action(async (name: string, options: CreateKeyOptions) => (await load()).createKey(name, options));
  keys
    .command('list')
    .description('show all keys, revoked ones too')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).listKeys(options));
  keys
    .command('revoke')
    .description('refuse a key from now on')
    .argument('<id>', "the key's id, as `keys list` shows it")
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: true }) => (await load()).revokeKey(id, options));
}
