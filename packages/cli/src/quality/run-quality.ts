import { readFileSync } from 'node:fs';
import { createClient } from '@clickhouse/client';
import { parseRules, type Status, statuses } from '@fineprint/data-quality';
import type { QualityResultsOptions } from '../commands/quality.ts';
import { CliError } from '../errors.ts';
import { runJob } from '../jobs/run-jobs.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { clickhouseAccount } from '../sql/account.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

const JOB = 'data-quality';
const WEEK_MS = 604_800_000;

/** A result, as it was published; times are epoch milliseconds. */
interface Result {
  readonly slot: number;
  readonly rule: string;
  readonly dataset: string;
  readonly kind: string;
  readonly severity: string;
  readonly status: Status;
  readonly rows_checked: number;
  readonly bad_rows: number;
  readonly value: number | null;
  readonly threshold: number;
  readonly window_start: number;
  readonly window_end: number;
  readonly sample_event_ids: readonly string[];
}

interface StoredRule {
  readonly name: string;
  readonly definition: unknown;
  readonly raisedAt: Date | null;
  readonly result: Result;
}

async function databaseUrl(): Promise<string> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return stack.endpoints.databaseUrl;
}

async function readRules(url: string): Promise<StoredRule[]> {
  return withPostgres(url, async (client) => {
    const { rows } = await client.query(
      `SELECT name, definition, raised_at AS "raisedAt", result FROM fineprint.quality_rules ORDER BY name COLLATE "C"`,
    );
    return rows as StoredRule[];
  });
}

export async function run(options: { json?: true }): Promise<void> {
  const url = await databaseUrl();
  const ended = await runJob(url, JOB, true);
  if (ended.state !== 'succeeded')
    throw new CliError(
      'QUALITY_RUN_FAILED',
      `The run ${ended.state}${ended.errorCode === null ? '' : ` (${ended.errorCode})`}.`,
      'Look at: npm run -s fineprint -- logs job-runner',
    );
  const rules = await readRules(url);
  if (options.json)
    return printJson({
      slot_at: ended.slotAt.toISOString(),
      ...(ended.result as object),
      rules: rules.map(ruleJson),
    });
  await printText(rulesTable(rules));
  const count = (status: Status) => rules.filter((r) => r.result.status === status).length;
  await printText(statuses.map((s) => `${count(s)} ${s.replaceAll('_', ' ')}`).join(', '));
}

export async function list(options: { json?: true }): Promise<void> {
  const rules = await readRules(await databaseUrl());
  if (options.json) return printJson(rules.map(ruleJson));
  await printText(rules.length === 0 ? 'No rule has been run yet: quality run' : rulesTable(rules));
}

export async function results(options: QualityResultsOptions): Promise<void> {
  if (options.status !== undefined && !statuses.some((s) => s === options.status))
    throw new CliError('USAGE', `${options.status} is no status.`, `One of: ${statuses.join(', ')}`);
  const stack = await openLocalStack();
  await requirePart(stack, 'clickhouse');
  const client = createClient({
    url: stack.endpoints.clickhouseUrl,
    ...clickhouseAccount(stack.endpoints, 'analyst'),
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  try {
    const answer = await client.query({
      query: `SELECT toUnixTimestamp64Milli(q.slot) AS slot, rule, dataset, kind, severity, status, rows_checked, bad_rows, value, threshold,
          toUnixTimestamp64Milli(q.window_start) AS window_start, toUnixTimestamp64Milli(q.window_end) AS window_end, sample_event_ids
        FROM fineprint.quality_checks AS q
        WHERE q.slot >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND ({rule:String} = '' OR rule = {rule:String}) AND ({status:String} = '' OR status = {status:String})
        ORDER BY q.slot DESC, dataset, rule LIMIT {limit:UInt32}`,
      query_params: {
        since: options.since?.getTime() ?? Date.now() - WEEK_MS,
        rule: options.rule ?? '',
        status: options.status ?? '',
        limit: options.limit,
      },
      format: 'JSONEachRow',
    });
    const found = await answer.json<Result>();
    if (options.json) return await printJson(found.map(resultJson));
    await printText(
      table(
        ['slot', ...HEAD],
        found.map((r) => [isoOf(r.slot), ...resultCells(r)]),
      ),
    );
  } finally {
    await client.close();
  }
}

export async function check(file: string, options: { json?: true }): Promise<void> {
  const parsed = parseRules(readFileSync(userPath(file), 'utf8'));
  if (!parsed.ok)
    throw new CliError(
      'RULES_INVALID',
      `${file} is no file of rules:${parsed.problems.map((p) => `\n  ${p.place || 'the whole'}: ${p.message}`).join('')}`,
      'See docs/data-quality.md.',
    );
  const { rules, disabled } = parsed.file;
  if (options.json) return printJson({ rules, disabled });
  await printText(`${rules.length} rules, ${disabled.length} taken away.`);
}

const HEAD = ['rule', 'kind', 'status', 'rows', 'bad', 'measured', 'at most', 'some of the rows'];
const SAMPLES_SHOWN = 2;

const rulesTable = (rules: readonly StoredRule[]) =>
  table(
    HEAD,
    rules.map((r) => resultCells(r.result)),
  );

const resultCells = (r: Result): string[] => [
  r.rule,
  r.kind,
  r.status,
  String(r.rows_checked),
  String(r.bad_rows),
  r.value === null ? '' : String(Number(r.value.toPrecision(3))),
  String(r.threshold),
  r.sample_event_ids.slice(0, SAMPLES_SHOWN).join(' '),
];

const isoOf = (ms: number) => new Date(ms).toISOString();

const resultJson = (r: Result) => ({
  ...r,
  slot: isoOf(r.slot),
  window_start: isoOf(r.window_start),
  window_end: isoOf(r.window_end),
});

const ruleJson = (rule: StoredRule) => ({
  name: rule.name,
  definition: rule.definition,
  alert_raised_at: rule.raisedAt?.toISOString() ?? null,
  last: resultJson(rule.result),
});
