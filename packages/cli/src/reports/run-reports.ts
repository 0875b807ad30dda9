import { Readable } from 'node:stream';
import { keepReport, makeReport, openBusinessStore, runBusinessMetrics } from '@fineprint/business-runs';
import { lastWhole, periodOf } from '@fineprint/reports';
import { keyringFor } from '../at-rest/keyring.ts';
import { writeWholeFile } from '../at-rest/write-file.ts';
import type { QueryOptions } from '../commands/experiments.ts';
import type { RunReportOptions, ShowReportOptions } from '../commands/reports.ts';
import { CliError } from '../errors.ts';
import { connectQueryApi, queryTarget, refused } from '../experiments/query-client.ts';
import { conventionOf } from '../metrics/convention-file.ts';
import { retentionDays } from '../metrics/retention-days.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { clickhouseAccount } from '../sql/account.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

const TIMEOUT_MS = 30_000;

/** The period's figures are computed first, as the schedule does. */
export async function runReport(options: RunReportOptions): Promise<void> {
  const { kind, of } = options;
  const nowMs = Date.now();
  const period = of === undefined ? lastWhole(kind, nowMs) : periodOf(kind, of.getTime());
  const convention = conventionOf(options.convention);
  const { endpoints, ...stack } = await openReady();
  const store = openBusinessStore({
    url: endpoints.clickhouseUrl,
    ...clickhouseAccount(endpoints, 'fineprint'),
  });
  const { signal } = stack;
  try {
    const computed = { ...period, toMs: Math.min(period.toMs, Math.max(nowMs, period.fromMs + 1)) };
    await runBusinessMetrics(store, {
      convention,
      nowMs,
      what: computed,
      retentionDays: retentionDays(),
      signal,
    });
    const report = await makeReport(store, { kind, period, nowMs, signal });
    await withPostgres(endpoints.databaseUrl, (client) => keepReport(client, report));
    if (options.json)
      return printJson({ id: report.id, html_bytes: report.html.length, csv_bytes: report.csv.length });
    await printText(`${report.id} is made. See it: reports show ${report.id} --out ${report.id}.html`);
  } finally {
    await store.close();
  }
}

async function openReady() {
  const stack = await openLocalStack();
  await requirePart(stack, 'clickhouse');
  await requirePart(stack, 'postgres');
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  return { endpoints: stack.endpoints, signal: interrupted.signal };
}

interface Page {
  readonly reports: readonly { id: string; kind: string; from: string; to: string; created_at: string }[];
  readonly next_offset: number | null;
}

export async function listReports(options: QueryOptions & { kind?: string }): Promise<void> {
  const ask = await connectQueryApi(options);
  const found: Page['reports'][number][] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const query = new URLSearchParams({ limit: '200', offset: String(offset) });
    if (options.kind !== undefined) query.set('kind', options.kind);
    const page: Page = await ask<Page>('GET', `/api/v1/reports?${query}`);
    found.push(...page.reports);
    offset = page.next_offset;
  }
  if (options.json) return printJson(found);
  if (found.length === 0) return printText('No report. Make one: reports run');
  const rows = found.map((r) => [r.id, r.from.slice(0, 10), r.to.slice(0, 10), r.created_at]);
  await printText(table(['id', 'from', 'to (not included)', 'made'], rows));
}

export async function showReport(id: string, options: ShowReportOptions): Promise<void> {
  const keyring = options.out === undefined ? null : await keyringFor(options.encrypt === true);
  const { url, key } = await queryTarget(options);
  const response = await fetch(`${url}/api/v1/reports/${encodeURIComponent(id)}?format=${options.format}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new CliError(
      'STACK_NOT_RUNNING',
      `The query API at ${url} does not answer.`,
      'Start the stack: npm start',
      {
        cause,
      },
    );
  });
  const text = await response.text();
  if (!response.ok) throw refused(text, response.status);
  if (options.json) return printJson({ id, format: options.format, text });
  if (options.out === undefined) return printText(text);
  await writeWholeFile(userPath(options.out), keyring, Readable.from([Buffer.from(text)]));
  const how = keyring === null ? '' : `, encrypted with ${keyring.newest.id}`;
  await printText(`${id} is in ${options.out}${how}.`);
}
