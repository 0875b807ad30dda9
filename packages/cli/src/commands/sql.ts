import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { examples } from '../examples.ts';
import { openLocalStack } from '../open-stack.ts';

interface Options {
  readonly format?: string;
  readonly json?: true;
  readonly user: string;
}

export function addSql(program: Command): void {
  program
    .command('sql')
    .description('ask ClickHouse, as somebody who can only read and sees people masked')
    .argument('<query>', 'the query; - reads it from standard input')
    .option('--format <name>', 'any output format of ClickHouse (default: PrettyCompact)')
    .option('--json', 'short for --format JSONEachRow')
    .option(
      '--user <name>',
      'masked, analyst (reads people as they are), or fineprint (owns everything); the last two are audited',
      'masked',
    )
    .addHelpText(
      'after',
      examples([
        ['sql "SHOW TABLES"', 'what there is'],
        ['sql "SELECT event_name, count() FROM product_events GROUP BY 1 ORDER BY 2 DESC"', 'events by name'],
        ['sql --format CSVWithNames "SELECT * FROM ai_requests" > ai.csv', 'a file of everything'],
        [
          'sql --user analyst "SELECT user_id FROM identities"',
          'people as they are; the audit log says who asked',
        ],
      ]),
    )
    .action(async (query: string, options: Options) => {
      const { text } = await import('node:stream/consumers');
      const { runQuery } = await import('../sql/run-query.ts');
      const { clickhouseAccount, MASKED } = await import('../sql/account.ts');
      const { MASKED_DATABASE } = await import('@fineprint/masking');
      const stack = await openLocalStack();
      const sql = query === '-' ? await text(process.stdin) : query;
      if (sql.trim() === '') throw new CliError('USAGE', 'The query is empty.', 'Give one: sql "SELECT 1"');
      const format = options.format ?? (options.json ? 'JSONEachRow' : 'PrettyCompact');
      const target = {
        url: stack.endpoints.clickhouseUrl,
        database:
          options.user === MASKED ? MASKED_DATABASE : (process.env['CLICKHOUSE_DATABASE'] ?? 'fineprint'),
        ...clickhouseAccount(stack.endpoints, options.user),
      };
      const interrupted = new AbortController();
      process.once('SIGINT', () => interrupted.abort());
      await runQuery(target, sql, format, process.stdout, interrupted.signal);
    });
}
