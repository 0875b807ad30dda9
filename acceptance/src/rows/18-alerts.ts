import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { makeRequests, sendRequests } from './ai-requests.ts';
import { type Listeners, startListeners } from './alert-listeners.ts';

const REQUESTS = 600;
const SEED = 18;
/** A slot a minute, and until what was sent before it is in ClickHouse. */
const TOLD_WITHIN_MS = 200_000;
const LATENCY_LIMIT_MS = 300;

async function command(context: MissionContext, ...args: string[]): Promise<unknown> {
  const { code, out, err } = await context.command(...args, '--json');
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return JSON.parse(out);
}

/** One that fires, one that has no reason to, and one that nobody is to hear of. */
function definitionsOf(context: MissionContext, model: string, url: string) {
  const { run } = context;
  const rule = (name: string, metric: string, above: number) => ({
    name: `${run}-${name}`,
    metric,
    where: { model },
    window_minutes: 15,
    minimum_samples: 50,
    condition: { type: 'threshold', above },
  });
  const rules = [
    rule('errors', 'ai.error_rate', 0.12),
    rule('calm', 'ai.error_rate', 0.9),
    rule('slow', 'ai.latency_p95_ms', LATENCY_LIMIT_MS),
  ];
  const match = [{ name: 'rule', is: rules.map((r) => r.name) }];
  const receivers = [
    { name: `${run}-hook`, target: { type: 'webhook', url }, match, group_wait_seconds: 0 },
    {
      name: `${run}-mail`,
      target: { type: 'email', to: ['ops@fineprint.example'] },
      match,
      group_wait_seconds: 0,
    },
  ];
  return { rules, receivers };
}

async function checkStored(context: MissionContext, alertIds: readonly string[]): Promise<void> {
  const alerts = await context.sql<{ state: string; evidence: string }>(
    `SELECT state, evidence FROM fineprint.alerts FINAL WHERE labels['rule'] = {rule:String} ORDER BY occurred_at, state`,
    { rule: `${context.run}-errors` },
  );
  same(
    'states of the alert',
    alerts.map((a) => a.state),
    ['raised', 'resolved'],
  );
  const { value } = JSON.parse(alerts[0]?.evidence ?? '{}') as { value?: number };
  if (!(value !== undefined && value > 0.12)) throw new Error(`the evidence says ${value}`);
  const attempts = await context.sql<{ receiver: string; outcome: string; n: number }>(
    `SELECT receiver, outcome, toInt32(count()) AS n FROM fineprint.alert_delivery_attempts
     WHERE startsWith(receiver, {run:String}) AND hasAny(alert_ids, {ids:Array(String)}) GROUP BY receiver, outcome ORDER BY receiver`,
    { run: context.run, ids: alertIds },
  );
  same('deliveries', attempts, [
    { receiver: `${context.run}-hook`, outcome: 'delivered', n: 2 },
    { receiver: `${context.run}-mail`, outcome: 'delivered', n: 2 },
  ]);
  const [silenced] = await context.sql<{ n: number }>(
    `SELECT toInt32(uniqExact(alert_ids[1])) AS n FROM fineprint.alert_delivery_attempts
     WHERE startsWith(receiver, {run:String}) AND outcome = 'silenced'`,
    { run: context.run },
  );
  same('alerts that a silence held back', (silenced?.n ?? 0) >= 2, true); // both versions are slow
}

async function checkSignature(context: MissionContext, { told }: Listeners): Promise<void> {
  const { out } = await context.command('alerts', 'secret', `${context.run}-hook`);
  const key = Buffer.from(out.trim().slice('whsec_'.length), 'base64');
  // The command knows the key of the stack that it started; a test starts services with keys of their own.
  const isOurs = told.every(
    (t) =>
      `v1,${createHmac('sha256', key).update(`${t.id}.${t.timestamp}.${t.body}`).digest('base64')}` ===
      t.signature,
  );
  if (!isOurs) throw new Error('the messages are not signed with the key that the command shows');
}

async function check(context: MissionContext, listeners: Listeners, file: string): Promise<string> {
  const model = `${context.run}-alerts`;
  const { told, mails } = listeners;
  await command(
    context,
    'alerts',
    'silence',
    '--match',
    `rule=${context.run}-slow`,
    '--minutes',
    '30',
    '--comment',
    'a row',
  );
  await writeFile(file, JSON.stringify(definitionsOf(context, model, listeners.url)));
  await command(context, 'alerts', 'apply', file);
  const startedMs = Date.now();
  await sendRequests(context, makeRequests(model, REQUESTS, SEED), SEED);
  const alerts = () => told.flatMap((t) => t.alerts);
  await context.eventually(TOLD_WITHIN_MS, async () => {
    same(
      'alerts told',
      alerts().map((a) => [a.labels['rule'], a.labels['version'], a.state]),
      [[`${context.run}-errors`, '1.1.0', 'raised']],
    );
    same('mails', mails.length, 1);
  });
  const toldMs = Date.now() - startedMs;
  const past = (await command(context, 'alerts', 'test', `${context.run}-errors`, '--since', '10m')) as {
    alerts: object[];
  };
  if (past.alerts.length === 0) throw new Error('the back-test does not find what was found');
  await command(context, 'alerts', 'remove', `${context.run}-errors`);
  await context.eventually(TOLD_WITHIN_MS, async () => {
    same(
      'alerts told',
      alerts().map((a) => a.state),
      ['raised', 'resolved'],
    );
    same('mails', mails.length, 2);
  });
  await checkSignature(context, listeners);
  const ids = alerts().map((a) => a.alert_id);
  await context.eventually(TOLD_WITHIN_MS, () => checkStored(context, ids));
  return `${REQUESTS} requests, one of two versions with a fifth of errors: told once by signed webhook and once by mail ${(toldMs / 1_000).toFixed(1)} s after they were sent, and once when the rule was removed; the calm rule raised nothing, what a silence covers was held back, the back-test finds it, evidence and deliveries are in ClickHouse`;
}

export const alerts: MissionRow = {
  row: 18,
  name: 'Alerts',
  async check(context) {
    const folder = await mkdtemp(path.join(tmpdir(), 'fineprint-alerts-'));
    const listeners = await startListeners(context.smtpPort);
    try {
      return await check(context, listeners, path.join(folder, 'alerts.yaml'));
    } finally {
      for (const name of ['hook', 'mail'])
        await context.command('alerts', 'remove', `${context.run}-${name}`, '--receiver');
      for (const name of ['calm', 'slow', 'errors'])
        await context.command('alerts', 'remove', `${context.run}-${name}`);
      await listeners.close();
      await rm(folder, { recursive: true });
    }
  },
};
