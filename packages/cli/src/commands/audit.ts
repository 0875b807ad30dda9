import { type Command, InvalidArgumentError, Option } from 'commander';
import { examples } from '../examples.ts';
import { moment } from '../options.ts';

export interface AuditCommandOptions {
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until?: Date;
  readonly json?: true;
  readonly stage?: string;
}

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `1h` back from now, a time, or `all`. */
export function since(text: string): number {
  if (text === 'all') return 0;
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Date.now() - Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  try {
    return moment(text).getTime();
  } catch {
    throw new InvalidArgumentError(
      'Expected 30m, 12h, 7d, a day (2025-06-01), a time (2025-06-01T12:00:00Z) or all.',
    );
  }
}

export function addAudit(program: Command): void {
  program
    .command('audit')
    .description(
      'balance the books: what was accepted against every stage and store, and name what is missing or double',
    )
    .addOption(
      new Option('--since <time>', 'what was received since: 30m, 12h, 7d, a time, or all')
        .argParser(since)
        .default(since('24h'), '24h'),
    )
    .option('--until <time>', 'what was accounted for up to then (default: now)', moment)
    .option('--stage <name>', 'show only this stage; everything is compared all the same')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples([
        ['audit', 'the last day; exit code 0 when the books balance'],
        ['audit --since 1h --json', 'for a script'],
        ['audit --since all', 'everything the ledger holds'],
      ]),
    )
    .action(async (options: AuditCommandOptions) =>
      (await import('../audit/run-audit.ts')).auditCommand(options),
    );
}
