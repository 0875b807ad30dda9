import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { parseReceiver, parseRule } from '@fineprint/alert-rules';
import { removeDefinition, saveDefinition } from '@fineprint/alert-store';
import { insertMetrics } from '@fineprint/drift-monitor/testing';
import { useTestStack } from '@fineprint/stack/testing';
import { sampleAiRequest } from '@fineprint/stream-testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type Listeners, startListeners } from './rows/alert-listeners.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const RUN = randomUUID().slice(0, 8);
const MODELS = 8;
const INSTANCES = 3;
const KILLS = 3;
const WITHIN_MS = 110_000;
const RULES = [`${RUN}-errors`, `${RUN}-lag`];

let managers: ServiceProcess[] = [];
let loader: ServiceProcess;
let clickhouse: ClickHouseClient;
let pool: Pool;
let listeners: Listeners;
/** Called while the webhook has a message and has not answered. */
let onTold: () => Promise<void> = async () => undefined;

beforeAll(async () => {
  const { endpoints, env, ports } = useTestStack();
  await prepareStack(RUN);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  listeners = await startListeners(ports.smtp, () => onTold());
  const settings = {
    ...env,
    ALERTS_SIGNING_KEY: randomUUID(),
    ALERTS_ALLOW_PRIVATE_TARGETS: 'true',
    ALERTS_INTERVAL_MS: '1000',
    ALERTS_SETTLE_MS: '0',
    ALERTS_LEASE_MS: '2000',
    ALERTS_SEND_TIMEOUT_MS: '1000',
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    ALERTS_FROM: 'alerts@localhost',
  };
  [loader, ...managers] = (await Promise.all([
    startService('warehouse-loader', env),
    ...Array.from({ length: INSTANCES }, () => startService('alert-manager', settings)),
  ])) as [ServiceProcess, ...ServiceProcess[]];
  await Promise.all([loader, ...managers].map((s) => s.ready()));
});
afterAll(async () => {
  for (const name of RULES) await removeDefinition(pool, 'rule', name);
  await removeDefinition(pool, 'receiver', `${RUN}-hook`);
  await Promise.all([loader, ...managers].map((s) => s?.stop()));
  await pool.query('DELETE FROM fineprint.alert_standings WHERE rule = ANY($1)', [RULES]); // its services are gone
  await Promise.all([clickhouse?.close(), pool?.end(), listeners?.close()]);
});

async function save(kind: 'rule' | 'receiver', input: object): Promise<void> {
  const parsed = kind === 'rule' ? parseRule(input) : parseReceiver(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  await saveDefinition(pool, kind, parsed.value as never, 'test');
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > deadlineMs)
      throw new Error(
        `not in time: ${what}\n${JSON.stringify(listeners.told.map((t) => t.alerts))}\n${managers.map((m) => m.log().slice(-1_500)).join('\n')}`,
      );
    await sleep(50);
  }
}

const models = Array.from({ length: MODELS }, (_, i) => `alert-${RUN}-${i}`);
const plant = (fails: (i: number) => boolean) =>
  insertMetrics(
    clickhouse,
    models.flatMap((model) =>
      Array.from({ length: 60 }, (_, i) =>
        sampleAiRequest({
          event_id: randomUUID(),
          event_time: Date.now() - 1_000 - i * 100,
          model_name: model,
          model_version: '1',
          success: !fails(i),
          error_type: fails(i) ? 'timeout' : null,
        }),
      ),
    ),
  );
const rule = {
  name: RULES[0],
  metric: 'ai.error_rate',
  where: { model: models },
  window_minutes: 60,
  minimum_samples: 10,
};
const told = (state: string) =>
  listeners.told.flatMap((t) =>
    t.alerts
      .filter((a) => a.state === state && a.labels['rule'] === RULES[0])
      .map((a) => ({ ...a, message: t.id })),
  );

it('three instances that are killed while they evaluate, publish and send: each alert begins once, ends once, and is told in one message each', async () => {
  let kills = 0;
  onTold = async () => {
    if (kills >= KILLS) return;
    kills++; // in mid-delivery: the message is here, and nobody has written down that it is
    await managers[kills % INSTANCES]?.killAndRestart();
  };
  await save('receiver', {
    name: `${RUN}-hook`,
    target: { type: 'webhook', url: listeners.url },
    match: [{ name: 'rule', is: RULES }],
    group_by: ['model', 'rule'],
    group_wait_seconds: 0,
  });
  await plant((i) => i % 2 === 0);
  await save('rule', { ...rule, condition: { type: 'threshold', above: 0.2 } });
  await until(
    'every alert is told',
    () => new Set(told('raised').map((a) => a.labels['model'])).size === MODELS,
  );
  await save('rule', { ...rule, condition: { type: 'threshold', above: 0.8 } });
  await until(
    'every end is told',
    () => new Set(told('resolved').map((a) => a.labels['model'])).size === MODELS,
  );
  await until('nothing is pending', async () => {
    const { rows } = await pool.query(
      `SELECT 1 FROM fineprint.alert_deliveries WHERE receiver = $1 AND state = 'pending'`,
      [`${RUN}-hook`],
    );
    return rows.length === 0;
  });
  expect(kills).toBe(KILLS);
  for (const state of ['raised', 'resolved']) {
    expect(new Set(told(state).map((a) => a.alert_id)).size, state).toBe(MODELS);
    expect(new Set(told(state).map((a) => a.message)).size, state).toBe(MODELS);
  }
  const bodies = Map.groupBy(listeners.told, (t) => t.id);
  for (const same of bodies.values()) expect(new Set(same.map((t) => t.body)).size).toBe(1);

  const asked = async (query: string) =>
    (
      await clickhouse.query({
        query,
        query_params: { rule: RULES[0], hook: `${RUN}-hook` },
        format: 'JSONEachRow',
      })
    ).json();
  await until('deliveries are stored', async () => {
    const rows = await asked(
      `SELECT 1 FROM fineprint.alert_delivery_attempts WHERE receiver = {hook:String} AND outcome = 'delivered'`,
    );
    return rows.length >= 2 * MODELS;
  });
  expect(
    await asked(
      `SELECT state, toInt32(count()) AS n FROM fineprint.alerts FINAL WHERE labels['rule'] = {rule:String} GROUP BY state ORDER BY state`,
    ),
  ).toEqual([
    { state: 'raised', n: MODELS },
    { state: 'resolved', n: MODELS },
  ]);
  expect(
    await asked(
      `SELECT toInt32(count()) AS n, toInt32(uniqExact(delivery_id)) AS messages FROM fineprint.alert_delivery_attempts
       WHERE receiver = {hook:String} AND outcome = 'delivered'`,
    ),
  ).toEqual([{ n: 2 * MODELS, messages: 2 * MODELS }]);
});

it('a service that does not read any more is told by name, and when it reads again', async () => {
  await save('rule', {
    name: RULES[1],
    metric: 'pipeline.consumer_lag',
    where: { group: 'fineprint.warehouse-loader', topic: 'alerts.deliveries' },
    condition: { type: 'threshold', above: 0 },
    for_minutes: 0,
  });
  const lag = (state: string) =>
    listeners.told.flatMap((t) => t.alerts).filter((a) => a.state === state && a.labels['rule'] === RULES[1]);
  await loader.stop();
  // What is told becomes a record that the loader does not read.
  await save('rule', { ...rule, condition: { type: 'threshold', above: 0.3 } });
  await until('the lag is told', () => lag('raised').length > 0);
  expect(lag('raised')[0]?.labels).toMatchObject({
    group: 'fineprint.warehouse-loader',
    topic: 'alerts.deliveries',
  });
  await loader.killAndRestart();
  await loader.ready();
  await until('its end is told', () => lag('resolved').length > 0);
  expect(lag('raised').length).toBe(1);
});
