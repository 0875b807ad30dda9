import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_CONVENTION } from '@fineprint/business-metrics';
import { type Dataset, datasetNames, datasets } from '@fineprint/data-quality';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataQuality } from '../jobs/data-quality.ts';
import type { JobPorts } from '../ports.ts';
import { keepForever } from '../testing/keep-forever.ts';
import { unclaimedRun } from '../testing/unclaimed-run.ts';
import { openWarehouse, type Warehouse } from '../warehouse.ts';
import type { AlertRecord, ResultRecord } from './records.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const never = new AbortController().signal;
const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-quality-'));
/** On the half hour, so that complete hours end well before it. */
const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS / 2;

let pool: Pool;
let warehouse: Warehouse;
let reader: Warehouse;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migratePostgres(endpoints.databaseUrl);
  await migrateClickHouse({ url, username, password });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  warehouse = openWarehouse({ url, username, password });
  reader = openWarehouse({ url, ...(endpoints.clickhouseReader ?? { username, password }) });
});
afterAll(async () => {
  await pool?.query('DELETE FROM fineprint.quality_rules');
  await pool?.query(
    "DELETE FROM fineprint.job_outbox WHERE topic = 'quality.results' OR key LIKE 'data_quality:%'",
  );
  await Promise.all([warehouse?.close(), reader?.close(), pool?.end()]);
  rmSync(folder, { recursive: true });
});

/** One rule of each kind, over the events of one source. The product's own rules are left out: other tests' rows are not clean. */
const rulesOf = (source: string) => {
  const of = (name: string, rule: object) => ({
    name: `${source}.${name}`,
    dataset: 'product_events',
    only: { source: [source] },
    ...rule,
  });
  return [
    of('completeness', {
      type: 'completeness',
      columns: ['user_id', 'anonymous_id'],
      need: 'any',
      maxMissingShare: 0.05,
    }),
    of('range', { type: 'validity', column: 'conversion_value', check: { min: 0, max: 1_000 } }),
    of('one-of', { type: 'validity', column: 'event_name', check: { oneOf: ['view', 'buy'] } }),
    of('pattern', { type: 'validity', column: 'currency', check: { pattern: '^[A-Z]{3}$' } }),
    of('json', { type: 'validity', column: 'properties', check: { json: true } }),
    of('length', { type: 'validity', column: 'event_name', check: { maxLength: 20 } }),
    of('future', { type: 'validity', column: 'event_time', check: { maxMinutesAfterReceived: 10 } }),
    of('uniqueness', { type: 'uniqueness', columns: ['event_id'] }),
    of('delay', { type: 'timeliness', expect: { delayMinutes: 30, maxLateShare: 0.05 } }),
    of('volume', { type: 'volume', windowHours: 1, minRows: 20 }),
  ];
};
/** As many as come with the product. */
const noDefaults = async () => {
  const { loadRules } = await import('./load-rules.ts');
  return (await loadRules(undefined)).map(({ name }) => ({ name, enabled: false }));
};

async function runRules(name: string, rules: readonly object[], slotMs: number) {
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ rules: [...(await noDefaults()), ...rules] }));
  const ports: JobPorts = {
    warehouse,
    reader,
    convention: DEFAULT_CONVENTION,
    retentionDays: 365,
    historyDays: 90,
    ...keepForever,
    qualityRulesFile: file,
    privacy: null,
  };
  await pool.query('DELETE FROM fineprint.job_outbox');
  const result = await dataQuality.run(ports, unclaimedRun(pool, 'data-quality', slotMs, slotMs));
  const { rows } = await pool.query('SELECT topic, record FROM fineprint.job_outbox ORDER BY id');
  const of = <T>(topic: string) => rows.filter((r) => r.topic === topic).map((r) => r.record as T);
  return { result, results: of<ResultRecord>('quality.results'), alerts: of<AlertRecord>('alerts') };
}

let offset = 0;
const event = (source: string, i: number, change: object = {}) => {
  const receivedMs = NOW - HOUR_MS * 0.75 - (i % 60) * 30_000;
  return {
    event_id: randomUUID(),
    kind: 'track',
    event_name: i % 2 === 0 ? 'view' : 'buy',
    event_time: new Date(receivedMs - 2_000).toISOString(),
    received_at: new Date(receivedMs).toISOString(),
    user_id: `u${i}`,
    source,
    properties: '{}',
    conversion_value: i % 5 === 0 ? 10 : null,
    currency: i % 5 === 0 ? 'EUR' : null,
    _topic: 'quality-itest',
    _offset: offset++,
    ...change,
  };
};
const insert = (rows: readonly object[]) =>
  warehouse.command(
    `INSERT INTO fineprint.product_events SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow ${rows.map((r) => JSON.stringify(r)).join('\n')}`,
    {},
    never,
  );
const clean = (source: string, count: number, change: object = {}) =>
  Array.from({ length: count }, (_, i) => event(source, i, change));
/** The same hour of the four weeks before had so many. */
const earlier = (source: string, count: number) =>
  [1, 2, 3, 4].flatMap((week) => {
    const at = new Date(NOW - HOUR_MS - week * WEEK_MS).toISOString();
    return Array.from({ length: count + week }, (_, i) =>
      event(source, i, { received_at: at, event_time: at }),
    );
  });

it('a clean dataset is quiet', async () => {
  const source = `clean-${randomUUID().slice(0, 8)}`;
  await insert([...clean(source, 100), ...earlier(source, 100)]);
  const { results, alerts } = await runRules('clean', rulesOf(source), NOW);
  expect(results.map((r) => [r.rule.slice(source.length + 1), r.status])).toEqual(
    rulesOf(source).map((r) => [r.name.slice(source.length + 1), 'pass']),
  );
  expect(results.map((r) => r.rows_checked)).toEqual(Array(10).fill(100));
  expect(alerts).toEqual([]);
});

it('finds a planted fault of each kind, names rows and no values, raises an alert once and resolves it once', async () => {
  const source = `faults-${randomUUID().slice(0, 8)}`;
  const secret = 'jane@example.com';
  const twice = event(source, 1);
  const faults: Record<string, object[]> = {
    completeness: Array.from({ length: 8 }, () => event(source, 1, { user_id: null })),
    range: [event(source, 5, { conversion_value: -1 }), event(source, 5, { conversion_value: 1e9 })],
    'one-of': [event(source, 1, { event_name: secret })],
    pattern: [event(source, 1, { currency: secret })],
    json: [event(source, 1, { properties: `{"mail": ${secret}` })],
    length: [event(source, 1, { event_name: 'x'.repeat(21) })],
    future: [event(source, 1, { event_time: new Date(NOW + HOUR_MS).toISOString() })],
    uniqueness: [twice, twice],
    delay: Array.from({ length: 9 }, (_, i) =>
      event(source, i, { event_time: new Date(NOW - 3 * HOUR_MS).toISOString() }),
    ),
  };
  // Volume: the hour has a tenth of what it had in the weeks before.
  await insert([...clean(source, 60), ...Object.values(faults).flat(), ...earlier(source, 900)]);
  const { results, alerts } = await runRules('faults', rulesOf(source), NOW);
  const idsOf = (rows: readonly object[]) => rows.map((r) => (r as { event_id: string }).event_id).sort();
  for (const result of results) {
    const kind = result.rule.slice(source.length + 1);
    expect([kind, result.status]).toEqual([kind, 'fail']);
    const planted = faults[kind] ?? [];
    if (kind === 'one-of')
      expect(result.bad_rows).toBe(2); // the long name is not one of them either
    else if (kind === 'uniqueness')
      expect([result.bad_rows, result.sample_event_ids]).toEqual([1, [twice.event_id]]);
    else if (kind === 'volume') expect([result.bad_rows, result.sample_event_ids]).toEqual([1, []]);
    else
      expect([result.bad_rows, [...result.sample_event_ids].sort()]).toEqual([
        planted.length,
        idsOf(planted),
      ]);
  }
  expect(results).toHaveLength(10);
  expect(JSON.stringify([results, alerts])).not.toContain('jane');
  expect(alerts.map((a) => [a.state, a.labels['rule']])).toEqual(
    rulesOf(source).map((r) => ['raised', r.name]),
  );

  // Again for the same slot, and for one before it: nothing counts.
  expect(await runRules('faults', rulesOf(source), NOW)).toMatchObject({
    results: [],
    alerts: [],
    result: { counted: 0 },
  });
  expect((await runRules('faults', rulesOf(source), NOW - HOUR_MS)).results).toEqual([]);
  // It goes on: results, and no second alert.
  const later = await runRules('faults', rulesOf(source), NOW + 60_000);
  expect([later.results.length, later.alerts.length]).toEqual([10, 0]);
  // The windows have moved on: there is too little for most rules, which changes nothing. One rule is mended, one is gone.
  const mended = rulesOf(source).map((r) =>
    r.name.endsWith('.range') ? { ...r, check: { min: -1, max: 1e9 } } : r,
  );
  const last = await runRules('faults', mended.slice(0, -1), NOW + 120_000);
  expect(last.alerts.map((a) => [a.state, a.labels['rule'], a.raised_at])).toEqual([
    ['resolved', `${source}.range`, NOW],
    ['resolved', `${source}.volume`, NOW],
  ]);
});

it('a rule that ClickHouse refuses is an error of its own; a file that is none fails the run', async () => {
  const rules = rulesOf('none').filter((r) => r.name === 'none.pattern');
  const { results } = await runRules('error', [{ ...rules[0], check: { pattern: '(' } }], NOW);
  expect(results).toMatchObject([{ status: 'error', sample_event_ids: [] }]);
  await expect(runRules('invalid', [{ name: 'x', type: 'beauty' }], NOW)).rejects.toMatchObject({
    code: 'rules_invalid',
  });
});

it('every table and column that a rule may name is there, and the product’s own rules can be asked', async () => {
  for (const name of datasetNames) {
    const { table, columns, timeColumn, idColumn }: Dataset = datasets[name];
    const found = await reader.rows<{ name: string }>(
      `SELECT name FROM system.columns WHERE database = 'fineprint' AND table = {table:String}`,
      { table },
      never,
    );
    const there = found.map((c) => c.name);
    for (const column of [...Object.keys(columns), timeColumn, idColumn ?? 'received_at', 'received_at'])
      expect(there, `${name}.${column}`).toContain(column);
  }
  await pool.query('DELETE FROM fineprint.job_outbox');
  await pool.query('DELETE FROM fineprint.quality_rules');
  const ports: JobPorts = {
    warehouse,
    reader,
    convention: DEFAULT_CONVENTION,
    retentionDays: 365,
    historyDays: 90,
    ...keepForever,
    qualityRulesFile: undefined,
    privacy: null,
  };
  const result = await dataQuality.run(ports, unclaimedRun(pool, 'data-quality', Date.now()));
  expect(result['error']).toBe(0);
  expect(result['rules']).toBe(result['counted']);
});
