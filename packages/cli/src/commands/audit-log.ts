import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { momentOrAgo, wholeNumber } from '../options.ts';

/** Named here so that showing help loads no client of a store. */
const OUTCOMES = ['allowed', 'denied', 'failed'] as const;

export interface AuditLogListOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly object?: string;
  readonly user?: string;
  readonly outcome?: (typeof OUTCOMES)[number];
  readonly since?: Date;
  readonly until?: Date;
  readonly limit: number;
  readonly all?: true;
  readonly json?: true;
}

export interface AuditLogVerifyOptions {
  readonly file?: string[];
  readonly until?: Date;
  readonly anchors: boolean;
  readonly json?: true;
}

export function addAuditLog(program: Command): void {
  const log = program
    .command('audit-log')
    .description(
      'who did what with personal data, and every administrative act: list it, verify that nobody changed it',
    )
    .addHelpText(
      'after',
      examples([
        ['audit-log list --since 1d', 'who did what since yesterday'],
        ['audit-log list --user user-42', 'who looked at one person; entries hold a keyed hash only'],
        ['audit-log verify', 'names the first entry that is not as it was written'],
        [
          'audit-log list --all > log.jsonl && fineprint audit-log verify --file log.jsonl',
          'a copy to take away, verified',
        ],
      ]),
    );
  const load = () => import('../audit-log/run-audit-log.ts');
  log
    .command('list')
    .description('show entries, the newest first')
    .option('--actor <actor>', 'of this actor: api_key:<id>, oidc:<subject>, cli:<user>@<machine>')
    .option('--action <action>', 'of this route or command')
    .option('--object <object>', 'about this object')
    .option('--user <id>', 'about this person')
    .addOption(new Option('--outcome <outcome>', 'only those').choices(OUTCOMES))
    .option('--since <time>', 'since then: a time, or how long ago (1h, 2d)', momentOrAgo)
    .option('--until <time>', 'before then', momentOrAgo)
    .option('--limit <n>', 'so many at most', wholeNumber(1, 100_000), 50)
    .option('--all', 'the whole chain, oldest first, as JSON lines; takes no filter')
    .option('--json', 'as JSON')
    .action(async (options: AuditLogListOptions) => (await load()).list(options));
  log
    .command('verify')
    .description(
      'go over the whole chain and hold it against the heads that were published; exit code 1 where it is broken',
    )
    .option('--file <log.jsonl...>', 'copies, as `list --all` writes them, instead of the log itself')
    .option('--until <time>', 'anchors published before then only: when an older copy was made', momentOrAgo)
    .option('--no-anchors', 'the chain alone, without asking Kafka and ClickHouse')
    .option('--json', 'as JSON')
    .action(async (options: AuditLogVerifyOptions) => (await load()).verify(options));
}
