import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ReplayRecord } from '@fineprint/replay';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordEncoder,
  type KafkaConnection,
  type RecordEncoder,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type ReplayRun, runReplayCommand } from './replay-command.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const SOURCE = `replay-${randomUUID().slice(0, 8)}`;
const STORED_WITHIN_MS = 120_000;
/** A killed loader counts as a member until its session ends, and promotions wait for that. */
const TEST_TIMEOUT_MS = 480_000;
const EVENTS = 600;
const REQUESTS = 120;
const MAIL = 'ada.lovelace@example.com';
const RAW = 'product.events.raw';

const folder = mkdtempSync(path.join(os.tmpdir(), 'fineprint-replay-'));
const lax = path.join(folder, 'lax.json');
const strict = path.join(folder, 'strict.json');
const secrets = { PII_PSEUDONYM_KEY: randomUUID() };

let scrubber: ServiceProcess;
let loader: ServiceProcess;
let kafka: KafkaConnection;
let writer: RecordWriter;
let encoder: RecordEncoder;
let clickhouse: ClickHouseClient;
let since: string;

beforeAll(async () => {
  writeFileSync(lax, JSON.stringify({ types: { EMAIL: 'allow' } }));
  writeFileSync(strict, JSON.stringify({}));
  const { endpoints, env } = useTestStack();
  kafka = await prepareStack(SOURCE);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  writer = await kafka.writer();
  encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), [RAW, 'ai.requests.raw']);
  const settings = { ...env, ...secrets, LOG_LEVEL: 'info' };
  scrubber = await startService('pii-scrubber', { ...settings, PII_POLICY_FILE: lax });
  loader = await startService('warehouse-loader', settings);
  await Promise.all([scrubber.ready(), loader.ready()]);
  since = new Date(Date.now() - 1_000).toISOString();
});
afterAll(async () => {
  await Promise.all([scrubber?.stop(), loader?.stop()]);
  await writer?.close();
  await clickhouse?.close();
  rmSync(folder, { recursive: true, force: true });
});

const rawEvent = (event_id: string, note: string | null, partition: number, bad = false) => ({
  topic: RAW as 'product.events.raw',
  partition,
  key: Buffer.from(event_id),
  value: encoder.encode(
    RAW,
    sampleProductEvent({
      event_id,
      event_time: Date.now(),
      source: SOURCE,
      properties: bad ? '{"a":' : JSON.stringify({ n: 1, deep: { note: note ?? 'nothing here' } }),
      ...(note === null ? {} : { traits: JSON.stringify({ contact: note }) }),
    }),
  ),
});

async function select<T>(query: string): Promise<T[]> {
  const answer = await clickhouse.query({
    query,
    query_params: { source: SOURCE },
    format: 'JSONEachRow',
  });
  return answer.json<T>();
}
async function count(what: string, table = 'product_events'): Promise<number> {
  const [row] = await select<{ n: number }>(
    `SELECT ${what} AS n FROM fineprint.${table} WHERE source = {source:String}`,
  );
  return Number(row?.n);
}
const withMail = (table?: string) => count("countIf(properties LIKE '%@example.com%')", table);

async function stored(expected: number, table?: string): Promise<void> {
  const deadlineMs = Date.now() + STORED_WITHIN_MS;
  while ((await count('uniqExact(event_id)', table)) < expected && Date.now() < deadlineMs) await sleep(250);
  expect(await count('uniqExact(event_id)', table)).toBe(expected);
  expect(await count('count()', table)).toBe(expected);
}

const shadowTables = async () =>
  (
    await select<{ name: string }>(
      "SELECT name FROM system.tables WHERE startsWith(name, 'replay_') ORDER BY 1",
    )
  ).map((t) => t.name);

const cliEnv = () => {
  const { commandEnv } = useTestStack();
  return {
    ...secrets,
    ...commandEnv,
    PII_POLICY_FILE: strict,
  };
};
const replay = (args: readonly string[], options: Parameters<typeof runReplayCommand>[2] = {}) =>
  runReplayCommand(args, cliEnv(), options);

async function replayed(args: readonly string[], options?: Parameters<typeof runReplayCommand>[2]) {
  const run = await replay(args, options);
  expect(run, run.err).toMatchObject({ code: 0 });
  return JSON.parse(run.out) as ReplayRecord;
}
const shadow = () => replayed(['--stage', 'pii-scrubber', '--since', since, '--shadow']);
const tableOf = (r: ReplayRecord, table: string) => r.diff?.tables.find((t) => t.table === table);

const ids = Array.from({ length: EVENTS }, () => randomUUID());
const mailed = ids.filter((_, i) => i % 3 === 0);
let ready: ReplayRecord;

it(
  'names exactly the rows and columns that current settings would change, and changes nothing',
  async () => {
    const events = ids.map((id, i) => rawEvent(id, i % 3 === 0 ? MAIL : null, i % 6));
    await writer.write(events);
    await sleep(1_500); // so that the first of each id is the one that owns it
    const repeats = mailed.slice(0, 40).map((id, i) => rawEvent(id, MAIL, (i + 1) % 6));
    const garbage = Array.from({ length: 12 }, (_, i) => ({
      topic: RAW as 'product.events.raw',
      partition: i % 6,
      key: Buffer.from(SOURCE),
      value: i % 2 === 0 ? Buffer.from(`garbage ${SOURCE}`) : rawEvent(randomUUID(), null, 0, true).value,
    }));
    const requests = Array.from({ length: REQUESTS }, (_, i) => ({
      topic: 'ai.requests.raw' as const,
      partition: i % 6,
      key: Buffer.from(String(i)),
      value: encoder.encode(
        'ai.requests.raw',
        sampleAiRequest({
          event_id: randomUUID(),
          event_time: Date.now(),
          source: SOURCE,
          properties: JSON.stringify({ prompt_author: i % 4 === 0 ? MAIL : 'nobody' }),
        }),
      ),
    }));
    await writer.write([...repeats, ...garbage, ...requests]);
    await stored(EVENTS);
    await stored(REQUESTS, 'ai_requests');
    expect([await withMail(), await withMail('ai_requests')]).toEqual([EVENTS / 3, REQUESTS / 4]);

    ready = await shadow();
    expect(ready).toMatchObject({ state: 'ready', error: null });
    const events_ = tableOf(ready, 'product_events');
    expect(events_).toMatchObject({
      rows: EVENTS,
      changed: EVENTS / 3,
      unchanged: (2 * EVENTS) / 3,
      removed: 0,
      kept: 0,
      not_stored: 0,
      not_replayed: 0,
      columns: [
        { column: 'properties', rows: EVENTS / 3 },
        { column: 'traits', rows: EVENTS / 3 },
      ],
    });
    for (const example of events_?.examples ?? []) {
      expect(mailed).toContain(example.event_id);
      expect(example.paths).toEqual(['properties.deep.note', 'traits.contact']);
    }
    expect(tableOf(ready, 'ai_requests')).toMatchObject({ rows: REQUESTS, changed: REQUESTS / 4 });
    expect(ready.diff).toMatchObject({
      outcomes: [],
      newly_dead_lettered: 0,
      metrics: [],
      findings: [{ type: 'EMAIL', before: 0, after: EVENTS / 3 + REQUESTS / 4 }],
      placeholders: [{ type: 'EMAIL', before: 0, after: (2 * EVENTS) / 3 + REQUESTS / 4 }],
    });
    expect(ready.diff?.derived.find((d) => d.topic === 'ai.metrics')).toMatchObject({ differs: false });
    expect(JSON.stringify(ready)).not.toContain('lovelace');
    expect([await withMail(), await withMail('ai_requests')]).toEqual([EVENTS / 3, REQUESTS / 4]);
    expect(await replayed(['--show', ready.id])).toEqual(ready);
  },
  TEST_TIMEOUT_MS,
);

it(
  'promotes under load, killed at several points, with every row there exactly once',
  async () => {
    const later: string[] = [];
    let publishing = true;
    let refused: ReplayRun;
    let promoted: ReplayRecord;
    const load = (async () => {
      while (publishing) {
        const batch = Array.from({ length: 20 }, () => randomUUID());
        await writer.write(batch.map((id, i) => rawEvent(id, i % 5 === 0 ? MAIL : null, i % 6)));
        later.push(...batch);
        await sleep(100);
      }
    })();
    try {
      for (const killAt of [/comparing/, /preparing/, /Stop every instance/, /swapping/]) {
        const run = await replay(['--promote', ready.id], { loader, killAt });
        expect(run.code, run.err).toBe(null); // killed, not refused
        if (String(killAt).includes('swapping')) await loader.killAndRestart(); // somebody starts it meanwhile
        await sleep(500);
      }
      refused = await replay(['--discard', ready.id]);
      promoted = await replayed(['--promote', ready.id], { loader });
      await sleep(1_000);
    } finally {
      publishing = false;
      await load;
    }
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('REPLAY_STATE');
    expect(promoted).toMatchObject({ state: 'promoted', promotion: { replaced: EVENTS / 3 + REQUESTS / 4 } });

    await stored(EVENTS + later.length);
    await stored(REQUESTS, 'ai_requests');
    const dirty = await select<{ id: string }>(
      "SELECT toString(event_id) AS id FROM fineprint.product_events WHERE source = {source:String} AND (properties LIKE '%@example%' OR traits LIKE '%@example%')",
    );
    expect(new Set(dirty.map((d) => d.id))).toEqual(new Set(later.filter((_, i) => (i % 20) % 5 === 0)));
    expect(await withMail('ai_requests')).toBe(0);
    expect(await count("countIf(properties LIKE '%[EMAIL]%')")).toBe(EVENTS / 3);
  },
  TEST_TIMEOUT_MS,
);

it(
  'promoting again changes nothing, and the replaced rows go when told',
  async () => {
    const [before] = await select(
      'SELECT count() AS n, sum(cityHash64(*)) AS hash FROM fineprint.product_events',
    );
    expect(await replayed(['--promote', ready.id])).toMatchObject({ state: 'promoted' });
    expect(
      await select('SELECT count() AS n, sum(cityHash64(*)) AS hash FROM fineprint.product_events'),
    ).toEqual([before]);
    expect(await shadowTables()).toEqual([
      `replay_${ready.id}_ai_requests_before`,
      `replay_${ready.id}_product_events_before`,
    ]);
    await replayed(['--discard-backup', ready.id]);
    expect(await shadowTables()).toEqual([]);
  },
  TEST_TIMEOUT_MS,
);

it(
  'a discarded run leaves no table, topic or group, and the promoted rows do not differ any more',
  async () => {
    const admin = await kafka.admin();
    const readers = async () => (await admin.groups()).filter((g) => g.startsWith('fineprint.read-range.'));
    const others = new Set(await readers()); // of a process that was killed while it read
    const again = await shadow();
    const late = await count("countIf(properties LIKE '%@example%')");
    expect(tableOf(again, 'product_events')).toMatchObject({ changed: late, removed: 0 });
    expect(tableOf(again, 'ai_requests')).toMatchObject({ changed: 0, unchanged: REQUESTS });
    expect(await shadowTables()).not.toEqual([]);
    expect(await replayed(['--discard', again.id])).toMatchObject({ state: 'discarded' });
    expect(await shadowTables()).toEqual([]);
    expect((await readers()).filter((g) => !others.has(g))).toEqual([]);
    await admin.close();
    expect(await replay(['--promote', again.id])).toMatchObject({ code: 1 });
    expect(await replay(['--promote', "x'; DROP TABLE y"])).toMatchObject({ code: 1 });
  },
  TEST_TIMEOUT_MS,
);
