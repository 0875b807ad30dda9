import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { judge, parseRule, type RuleInput } from '@fineprint/alert-rules';
import { readProgress, removeDefinition, saveDefinition } from '@fineprint/alert-store';
import { insertMetrics } from '@fineprint/drift-monitor/testing';
import { type OutboxRecord, publishOutbox } from '@fineprint/http-kit';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createMetrics } from '@fineprint/observability';
import { useTestStack } from '@fineprint/stack/testing';
import { connectKafka } from '@fineprint/stream-runtime';
import { sampleAiRequest } from '@fineprint/stream-testing';
import type { RecordOf } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createAlertMetrics } from '../metrics.ts';
import { ALERT_OUTBOX } from '../tables.ts';
import { runNextSlot, type SlotPorts } from './run-slot.ts';
import { type AlertSources, openSources } from './sources.ts';

type Alert = RecordOf<'alerts'>;

const RUN = randomUUID().slice(0, 8);
const [BAD, GOOD] = [`bad'"\\ ${RUN}`, `good ${RUN}`];
const STARTED_MS = Date.now();
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** When nobody else's people were there. */
const THEN_MS = Date.UTC(2012, 5, 1);
const PEOPLE = 900;

let pool: Pool;
let clickhouse: ClickHouseClient;
let sources: AlertSources;
beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  await migratePostgres(endpoints.databaseUrl);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 8 });
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  const kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: RUN }, () => undefined);
  sources = openSources({ url, ...(endpoints.clickhouseReader ?? { username, password }) }, kafka);
  await plant();
});
beforeEach(async () => {
  await pool.query(
    `TRUNCATE fineprint.alert_slots, fineprint.alert_rule_progress, fineprint.alert_standings, fineprint.alert_outbox`,
  );
  await pool.query(`DELETE FROM fineprint.alert_definitions WHERE kind = 'rule'`);
});
afterAll(async () => {
  await pool.query(`DELETE FROM fineprint.alert_definitions WHERE kind = 'rule'`);
  await Promise.all([pool?.end(), clickhouse?.close(), sources?.close()]);
});

/** The same hour of the last week, and this one: one event keeps its volume, one nearly stops, one multiplies. */
async function plant() {
  const request = (model: string, i: number) =>
    sampleAiRequest({
      event_id: randomUUID(),
      event_time: STARTED_MS - 3 * MINUTE_MS - (i % 100) * 1_000,
      model_name: model,
      model_version: '1',
      latency_ms: model === BAD ? 4_000 : 200,
      cost_estimate: model === BAD ? 0.5 : 0.0001,
      success: model === GOOD || i % 3 > 0,
      error_type: model === GOOD || i % 3 > 0 ? null : 'timeout',
    });
  const numbers = Array.from({ length: 200 }, (_, i) => i);
  await insertMetrics(clickhouse, [
    ...numbers.map((i) => request(BAD, i)),
    ...numbers.map((i) => request(GOOD, i)),
  ]);
  const events = (name: string, today: number) => `
    SELECT generateUUIDv4() AS event_id, 'track' AS kind, '${name} ${RUN}' AS event_name,
      fromUnixTimestamp64Milli(toInt64(${STARTED_MS - 120_000} - day * ${DAY_MS} - n * 30000), 'UTC') AS event_time, now64(3) AS received_at,
      'itest' AS source, 3900000 AS _partition, toInt64(day * 1000 + n) AS _offset, -1 AS _source_offset
    FROM (SELECT arrayJoin(range(8)) AS day, arrayJoin(range(100)) AS n) WHERE day > 0 AND n < 90 + day OR day = 0 AND n < ${today}`;
  const columns =
    '(event_id, kind, event_name, event_time, received_at, source, _partition, _offset, _source_offset)';
  for (const [name, today] of [
    ['steady', 95],
    ['stopped', 2],
  ] as const)
    await clickhouse.command({
      query: `INSERT INTO fineprint.product_events ${columns} ${events(name, today)}`,
    });
  // People who came for a while, some of them still: enough to tell who comes back.
  await clickhouse.command({
    query: `INSERT INTO fineprint.product_events (event_id, kind, event_name, event_time, received_at, user_id, source, _partition, _offset, _source_offset)
      SELECT generateUUIDv4(), 'track', 'visit ${RUN}', fromUnixTimestamp64Milli(toInt64(${THEN_MS} - (100 - visit * (1 + person % 9)) * ${DAY_MS}), 'UTC'), now64(3),
        concat('churn-${RUN}-', toString(person)), 'itest', 3900001, toInt64(person * 100 + visit), -1
      FROM (SELECT number AS person, arrayJoin(range(toUInt64(1 + number % 10))) AS visit FROM numbers(${PEOPLE})) WHERE visit * (1 + person % 9) < 100`,
  });
}

/** Hours of two weeks, and a day that brings a tenth. */
async function plantMoney() {
  await clickhouse.command({
    query: `INSERT INTO fineprint.business_revenue_rows (granularity, period_start, currency, version, computed_at, mrr_end, payments, refunds, churn_mrr)
      SELECT 'hour', toDateTime(${THEN_MS / 1_000} - 3600 * (hour + 1), 'UTC'), 'X${RUN}', 1, now64(3), 1000 + hour, if(hour < 24, 2, 20), 1, 3
      FROM (SELECT arrayJoin(range(24 * 15)) AS hour)`,
  });
}

/** One instance, whose clock goes by seconds. */
function instance(change: Partial<Pick<SlotPorts, 'observe'>> = {}) {
  const published: OutboxRecord[] = [];
  const ports: SlotPorts = {
    pool,
    observe: sources.observe,
    publish: async () =>
      void (await publishOutbox(pool, ALERT_OUTBOX, async (records) => void published.push(...records))),
    metrics: createAlertMetrics(createMetrics({ service: 'test' })),
    times: { intervalMs: 1_000, settleMs: 0, leaseMs: 60_000 },
    onUnreadable: () => undefined,
    ...change,
  };
  const alerts = () => published.map((r) => r.record as Alert);
  return { ports, alerts };
}

function ruleOf(input: RuleInput) {
  const parsed = parseRule(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
const save = (input: RuleInput) => saveDefinition(pool, 'rule', ruleOf(input), 'test');

async function nextSlot(ports: SlotPorts): Promise<void> {
  while (!(await runNextSlot(ports))) await sleep(50);
}

const both = { model: [BAD, GOOD] };
const RULES: readonly RuleInput[] = [
  {
    name: 'errors',
    metric: 'ai.error_rate',
    where: both,
    window_minutes: 30,
    condition: { type: 'threshold', above: 0.1 },
  },
  {
    name: 'burn',
    metric: 'ai.error_rate',
    where: both,
    window_minutes: 60,
    condition: { type: 'burn_rate', objective: 0.99, factor: 5, short_minutes: 30 },
  },
  {
    name: 'latency',
    metric: 'ai.latency_p95_ms',
    where: both,
    window_minutes: 30,
    condition: { type: 'threshold', above: 1_000 },
    severity: 'critical',
  },
  { name: 'cost', metric: 'ai.cost_usd_per_hour', where: both, condition: { type: 'threshold', above: 10 } },
  {
    name: 'volume',
    metric: 'product.events',
    where: { event: [`steady ${RUN}`, `stopped ${RUN}`] },
    condition: { type: 'anomaly' },
  },
  {
    name: 'nothing',
    metric: 'product.events',
    where: { event: `never ${RUN}` },
    condition: { type: 'threshold', below: 1 },
  },
];

it('a rule of each kind tells of a planted fault, and of nothing else, once', async () => {
  for (const rule of RULES) await save(rule);
  const { ports, alerts } = instance();
  await nextSlot(ports);
  expect(
    alerts()
      .map((a) => [a.labels['rule'], a.kind, a.labels['model'] ?? a.labels['event'], a.state])
      .sort(),
  ).toEqual([
    ['burn', 'model_performance', BAD, 'raised'],
    ['cost', 'model_performance', BAD, 'raised'],
    ['errors', 'model_performance', BAD, 'raised'],
    ['latency', 'model_performance', BAD, 'raised'],
    ['nothing', 'usage_anomaly', `never ${RUN}`, 'raised'],
    ['volume', 'usage_anomaly', `stopped ${RUN}`, 'raised'],
  ]);
  const evidence = (rule: string) =>
    JSON.parse(alerts().find((a) => a.labels['rule'] === rule)?.evidence ?? '{}');
  expect(evidence('errors')).toMatchObject({
    value: expect.closeTo(67 / 200, 5),
    samples: 200,
    threshold: 0.1,
  });
  expect(Math.abs(evidence('latency').value / 4_000 - 1)).toBeLessThan(0.01);
  expect(evidence('cost').value).toBeCloseTo(100, 3);
  expect(evidence('volume')).toMatchObject({
    value: 2,
    expected: 94,
    earlier_values: [91, 92, 93, 94, 95, 96, 97],
  });
  await nextSlot(ports);
  expect(alerts()).toHaveLength(RULES.length);
  // Mended, changed or taken away: each is resolved once.
  await save({ ...RULES[0], condition: { type: 'threshold', above: 0.9 } } as RuleInput);
  await save({ ...RULES[2], enabled: false } as RuleInput);
  await removeDefinition(pool, 'rule', 'cost');
  await nextSlot(ports);
  await nextSlot(ports);
  const resolved = alerts().filter((a) => a.state === 'resolved');
  expect(resolved.map((a) => [a.labels['rule'], JSON.parse(a.evidence).resolved_because]).sort()).toEqual([
    ['cost', 'rule_gone'],
    ['errors', 'well_again'],
    ['latency', 'rule_gone'],
  ]);
  const raised = new Map(alerts().map((a) => [a.dedup_key, a.raised_at]));
  for (const alert of resolved) expect(alert.raised_at).toBe(raised.get(alert.dedup_key));
});

it('who will not come back is worked out from visits', async () => {
  const rule = ruleOf({
    name: 'churn',
    metric: 'churn.expected_rate',
    condition: { type: 'threshold', above: 0.01 },
  });
  const [observation] = await sources.observe(rule, THEN_MS);
  expect(observation?.samples).toBe(PEOPLE);
  expect(observation?.value).toBeGreaterThan(0.05);
  expect(observation?.value).toBeLessThan(1);
  expect(observation === undefined ? null : judge(rule, observation).verdict).toBe('bad');
  const [nobody] = await sources.observe(rule, Date.UTC(1990, 0, 1));
  expect(nobody).toMatchObject({ value: null, samples: 0 });
});

it('money is compared with other days', async () => {
  await plantMoney();
  const where = { currency: `X${RUN}` };
  const observe = async (input: Omit<RuleInput, 'name' | 'where'>) => {
    const rule = ruleOf({ name: 'money', where, ...input });
    const [observation] = await sources.observe(rule, THEN_MS);
    if (observation === undefined) throw new Error('no figures');
    return { observation, verdict: judge(rule, observation).verdict };
  };
  const lost = await observe({ metric: 'revenue.payments', condition: { type: 'anomaly', periods: 14 } });
  expect(lost).toMatchObject({
    verdict: 'bad',
    observation: { value: 24, history: Array(14).fill(19 * 24) },
  });
  expect(
    await observe({ metric: 'revenue.mrr', condition: { type: 'threshold', below: 100 } }),
  ).toMatchObject({
    verdict: 'well',
    observation: { value: 1_000 },
  });
  expect(
    await observe({ metric: 'revenue.churned_mrr', condition: { type: 'threshold', above: 71 } }),
  ).toMatchObject({
    verdict: 'bad',
    observation: { value: 72 },
  });
});

it('what is not there, or fails, says so and raises nothing; other rules go on', async () => {
  await save(RULES[0] as RuleInput);
  await save({ name: 'missing', metric: 'ai.requests', condition: { type: 'threshold', above: 1 } });
  const { ports, alerts } = instance();
  const observe: SlotPorts['observe'] = async (rule, atMs) => {
    if (rule.name === 'missing') await clickhouse.query({ query: 'SELECT 1 FROM fineprint.not_built_yet' });
    return sources.observe(rule, atMs);
  };
  await nextSlot({ ...ports, observe });
  expect(alerts().map((a) => a.labels['rule'])).toEqual(['errors']);
  expect((await readProgress(pool)).get('missing')).toMatchObject({
    outcome: 'unavailable',
    errorCode: 'clickhouse_60',
  });
  // ClickHouse away: the slot is tried again, and then counts.
  await nextSlot(ports);
  const away = { ...ports, observe: () => Promise.reject(new Error('connect ECONNREFUSED')) };
  await expect(nextSlot(away)).rejects.toThrow('ECONNREFUSED');
  expect(await runNextSlot(ports)).toBe(true);
});

it('of three instances one evaluates a slot; one that was frozen decides nothing', async () => {
  await save(RULES[0] as RuleInput);
  const instances = [instance(), instance(), instance()];
  for (let i = 0; i < 3; i++) {
    await Promise.all(instances.map(({ ports }) => runNextSlot(ports)));
    await sleep(1_000);
  }
  expect(instances.flatMap((i) => i.alerts())).toHaveLength(1);
  await pool.query(
    'TRUNCATE fineprint.alert_rule_progress, fineprint.alert_standings, fineprint.alert_slots',
  );
  const heir = instance();
  const frozen = instance({
    async observe(rule, atMs) {
      await pool.query(
        `UPDATE fineprint.alert_slots SET lease_until = clock_timestamp() WHERE finished_at IS NULL`,
      );
      expect(await runNextSlot(heir.ports)).toBe(true);
      return sources.observe(rule, atMs);
    },
  });
  await nextSlot(frozen.ports);
  expect([heir.alerts().length, frozen.alerts().length]).toEqual([1, 0]);
});
