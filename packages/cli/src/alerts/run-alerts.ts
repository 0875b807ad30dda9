import { randomUUID } from 'node:crypto';
import { openSources, receiverSecret } from '@fineprint/alert-manager';
import { type BackTest, backTest, metricOf, parseSilence, type Rule } from '@fineprint/alert-rules';
import {
  addSilence,
  endSilence,
  listDefinitions,
  listDeliveries,
  listSilences,
  readDefinition,
  readProgress,
  removeDefinition,
  type StoredSilence,
  saveDefinition,
  TooManyAlertDefinitions,
} from '@fineprint/alert-store';
import type { Client } from 'pg';
import type { AlertTestOptions, DeliveriesOptions, SilenceOptions } from '../commands/alerts.ts';
import { CliError } from '../errors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';
import { readAlertFiles } from './alert-files.ts';

interface Json {
  readonly json?: true;
}

const CREATED_BY = 'cli';
const MAX_MOMENTS = 2_000;
const isoOf = (ms: number) => new Date(ms).toISOString();

async function withAlerts<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return withPostgres(stack.endpoints.databaseUrl, work);
}

export async function apply(files: readonly string[], options: Json & { dryRun?: true }): Promise<void> {
  const read = readAlertFiles(files.map((file) => userPath(file)));
  const named = [
    ...read.rules.map((value) => ({ kind: 'rule' as const, value })),
    ...read.receivers.map((value) => ({ kind: 'receiver' as const, value })),
  ];
  const saved = options.dryRun
    ? named.map(({ kind, value }) => ({ kind, name: value.name, version: null, changed: null }))
    : await withAlerts((client) => saveAll(client, named));
  if (options.json) return printJson(saved);
  const what = (changed: boolean | null) =>
    changed === null ? 'could be put in force' : changed ? 'in force' : 'unchanged';
  await printText(
    table(
      ['', 'name', 'version', ''],
      saved.map((s) => [s.kind, s.name, s.version?.toString() ?? '', what(s.changed)]),
    ),
  );
}

type Named =
  | { readonly kind: 'rule'; readonly value: Rule }
  | { readonly kind: 'receiver'; readonly value: { readonly name: string } };

/** All of them or none: a set of files is one change. */
async function saveAll(client: Client, named: readonly Named[]) {
  await client.query('BEGIN');
  try {
    const saved = [];
    for (const { kind, value } of named) {
      const { version, isChanged } = await saveDefinition(client, kind, value as never, CREATED_BY);
      saved.push({ kind, name: value.name, version, changed: isChanged });
    }
    await client.query('COMMIT');
    return saved;
  } catch (error) {
    await client.query('ROLLBACK');
    if (!(error instanceof TooManyAlertDefinitions)) throw error;
    throw new CliError(
      'DEFINITION_REFUSED',
      `Nothing was put in force: ${error.message}.`,
      'See: alerts list',
      { cause: error },
    );
  }
}

export async function list(options: Json): Promise<void> {
  const { rules, receivers, progress } = await withAlerts(async (client) => ({
    rules: await listDefinitions(client, 'rule'),
    receivers: await listDefinitions(client, 'receiver'),
    progress: await readProgress(client),
  }));
  if (options.json) {
    return printJson({
      rules: rules.map((r) => ({
        ...r.value,
        version: r.version,
        progress: progress.get(r.value.name) ?? null,
      })),
      receivers: receivers.map((r) => ({ ...r.value, version: r.version })),
    });
  }
  const last = (rule: Rule): string => {
    const p = progress.get(rule.name);
    if (!rule.enabled) return 'not enabled';
    if (p === undefined) return 'not evaluated yet';
    return p.outcome === 'evaluated'
      ? `${p.bad} of ${p.series} bad at ${isoOf(p.slotMs)}`
      : `${p.outcome}: ${p.errorCode}`;
  };
  await printText(
    table(
      ['rule', 'kind', 'severity', 'metric', 'condition', 'last'],
      rules.map(({ value: r }) => [
        r.name,
        metricOf(r.metric).kind,
        r.severity,
        r.metric,
        r.condition.type,
        last(r),
      ]),
    ),
  );
  if (receivers.length === 0) return;
  await printText(
    table(
      ['receiver', 'by', 'from severity', 'takes'],
      receivers.map(({ value: r }) => [
        r.name,
        r.target.type,
        r.minimum_severity,
        r.enabled
          ? r.match
              .map((m) => `${m.name} ${m.is === undefined ? 'not' : 'is'} ${(m.is ?? m.not ?? []).join('|')}`)
              .join(', ') || 'everything'
          : 'nothing: not enabled',
      ]),
    ),
  );
}

export async function remove(name: string, options: Json & { receiver?: true }): Promise<void> {
  const kind = options.receiver ? 'receiver' : 'rule';
  if (!(await withAlerts((client) => removeDefinition(client, kind, name)))) throw unknown(kind, name);
  if (options.json) return printJson({ kind, name, removed: true });
  await printText(`The ${kind} ${name} is not in force any more.`);
}

const unknown = (kind: string, name: string) =>
  new CliError(
    'DEFINITION_UNKNOWN',
    `There is no ${kind} ${name}.`,
    'See: npm run -s fineprint -- alerts list',
  );

/** The key that the service signs with, as the local stack or the environment has it. */
export async function showSecret(name: string): Promise<void> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  const stored = await withPostgres(stack.endpoints.databaseUrl, (client) =>
    readDefinition(client, 'receiver', name),
  );
  if (stored?.value.target.type !== 'webhook') throw unknown('webhook receiver', name);
  await printText(
    receiverSecret(process.env['ALERTS_SIGNING_KEY'] ?? stack.secrets.get('alertsSigningKey'), name),
  );
}

export async function testRule(name: string, options: AlertTestOptions): Promise<void> {
  const stack = await openLocalStack();
  for (const part of ['postgres', 'clickhouse'] as const) await requirePart(stack, part);
  const { endpoints } = stack;
  const rule =
    options.file === undefined
      ? (await withPostgres(endpoints.databaseUrl, (client) => readDefinition(client, 'rule', name)))?.value
      : readAlertFiles([userPath(options.file)]).rules.find((r) => r.name === name);
  if (rule === undefined) throw unknown('rule', name);
  if (metricOf(rule.metric).source === 'kafka')
    throw new CliError(
      'USAGE',
      `${rule.metric} has no history: Kafka tells only of now.`,
      'See alerts list for how the rule does.',
    );
  const [fromMs, toMs] = [options.since.getTime(), options.until?.getTime() ?? Date.now()];
  if (fromMs >= toMs)
    throw new CliError('USAGE', 'The beginning is not before the end.', 'Give an earlier --since.');
  const sources = openSources(
    {
      url: endpoints.clickhouseUrl,
      ...(endpoints.clickhouseReader ?? {
        username: endpoints.clickhouseUsername,
        password: endpoints.clickhousePassword,
      }),
    },
    await connectToKafka(stack),
  );
  try {
    const result = await backTest(rule, { fromMs, toMs, maxMoments: MAX_MOMENTS }, sources.observe);
    await showTest(rule, result, options);
  } finally {
    await sources.close();
  }
}

async function showTest(
  rule: Rule,
  { alerts, moments, stepMinutes, series }: BackTest,
  options: Json,
): Promise<void> {
  if (options.json) {
    return printJson({
      rule: rule.name,
      moments,
      step_minutes: stepMinutes,
      series,
      alerts: alerts.map((a) => ({
        labels: a.labels,
        raised_at: isoOf(a.raisedAtMs),
        resolved_at: a.resolvedAtMs === null ? null : isoOf(a.resolvedAtMs),
        value: a.value,
        ...a.grounds,
      })),
    });
  }
  if (alerts.length > 0)
    await printText(
      table(
        ['raised', 'resolved', 'of', 'value'],
        alerts.map((a) => [
          isoOf(a.raisedAtMs),
          a.resolvedAtMs === null ? 'stands' : isoOf(a.resolvedAtMs),
          Object.values(a.labels).join(' ') || '-',
          a.value === null ? '' : String(Number(a.value.toPrecision(4))),
        ]),
      ),
    );
  process.stderr.write(
    `${alerts.length} alerts of ${series} series at ${moments} moments, ${stepMinutes} min apart.\n`,
  );
}

export async function silence(options: SilenceOptions): Promise<void> {
  const parsed = parseSilence({
    matchers: options.match.map(([name, value]) => ({ name, is: [value] })),
    until: isoOf(Date.now() + options.minutes * 60_000),
    comment: options.comment,
  });
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    throw new CliError(
      'USAGE',
      `The silence makes no sense: ${problem?.path} ${problem?.message}.`,
      'See: alerts silence --help',
    );
  }
  const stored = await withAlerts((client) => addSilence(client, randomUUID(), parsed.value, CREATED_BY));
  if (stored === null)
    throw new CliError('USAGE', 'The silence would be over already.', "Check this machine's clock.");
  if (options.json) return printJson(silenceJson(stored));
  await printText(`Silence ${stored.id} lasts until ${isoOf(stored.untilMs)}.`);
}

const silenceJson = (s: StoredSilence) => ({
  id: s.id,
  matchers: s.matchers,
  from: isoOf(s.fromMs),
  until: isoOf(s.untilMs),
  comment: s.comment,
  created_by: s.createdBy,
});

export async function showSilences(options: Json & { all?: true }): Promise<void> {
  const silences = await withAlerts((client) =>
    listSilences(client, { isAll: options.all === true, limit: 1_000, offset: 0 }),
  );
  if (options.json) return printJson(silences.map(silenceJson));
  const covers = (s: StoredSilence) =>
    s.matchers
      .map((m) => `${m.name}${m.is === undefined ? '!=' : '='}${(m.is ?? m.not ?? []).join('|')}`)
      .join(' ');
  await printText(
    table(
      ['id', 'covers', 'until', 'why', 'by'],
      silences.map((s) => [s.id, covers(s), isoOf(s.untilMs), s.comment, s.createdBy]),
    ),
  );
}

export async function unsilence(id: string, options: Json): Promise<void> {
  if (!(await withAlerts((client) => endSilence(client, id))))
    throw new CliError(
      'DEFINITION_UNKNOWN',
      `No silence ${id} lasts.`,
      'See: npm run -s fineprint -- alerts silences',
    );
  if (options.json) return printJson({ id, ended: true });
  await printText(`Silence ${id} is over.`);
}

const STATES: readonly string[] = ['pending', 'delivered', 'given_up'];

export async function showDeliveries({ receiver, state, limit, json }: DeliveriesOptions): Promise<void> {
  if (state !== undefined && !STATES.includes(state))
    throw new CliError('USAGE', `There is no state ${state}.`, `A state is one of ${STATES.join(', ')}.`);
  const found = await withAlerts((client) =>
    listDeliveries(client, { receiver: receiver ?? null, state: state ?? null, limit, offset: 0 }),
  );
  if (json)
    return printJson(
      found.map((d) => ({
        delivery_id: d.deliveryId,
        receiver: d.receiver,
        state: d.state,
        attempts: d.attempts,
        created_at: isoOf(d.createdAtMs),
        finished_at: d.finishedAtMs === null ? null : isoOf(d.finishedAtMs),
        next_attempt_at: d.state === 'pending' ? isoOf(d.nextAttemptAtMs) : null,
        last_error: d.lastError,
        alerts: d.alerts.map((a) => ({ alert_id: a.alert_id, state: a.state, title: a.title })),
      })),
    );
  await printText(
    table(
      ['delivery', 'receiver', 'state', 'attempts', 'made', 'tells of', 'error'],
      found.map((d) => [
        d.deliveryId,
        d.receiver,
        d.state,
        String(d.attempts),
        isoOf(d.createdAtMs),
        d.alerts.length === 1 ? (d.alerts[0]?.title ?? '') : `${d.alerts.length} alerts`,
        d.lastError ?? '',
      ]),
    ),
  );
}
