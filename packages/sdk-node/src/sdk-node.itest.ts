import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type GatewayProcess, startGatewayProcess } from '@fineprint/ingest-gateway/testing';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectKafka,
  connectRegistry,
  createRecordDecoder,
  type KafkaConnection,
} from '@fineprint/stream-runtime';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type FaultyProxy, startFaultyProxy } from '../testing/index.ts';
import { createAnalytics } from './client.ts';

const SOURCE = `sdk-node-${randomUUID().slice(0, 8)}`;
const ROOT = path.join(import.meta.dirname, '..');
const startedMs = Date.now() - 60_000;
const SOON = { timeout: 60_000, interval: 50 };
const KILLS = 3;
const EVENTS_PER_LIFE = 150;

let kafka: KafkaConnection;
let gateway: GatewayProcess;
let proxy: FaultyProxy;
let directory = '';
let key: string;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: SOURCE }, () => undefined);
  const admin = await kafka.admin();
  await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
  await admin.close();
  await migratePostgres(endpoints.databaseUrl);
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  key = (await createWriteKey(pool, { source: SOURCE })).key;
  await pool.end();
  gateway = await startGatewayProcess(env);
  await vi.waitFor(async () => expect((await gateway.ready()).status).toBe(200), SOON);
  proxy = await startFaultyProxy(gateway.url);
  directory = mkdtempSync(path.join(tmpdir(), 'fineprint-sdk-'));
});
afterAll(async () => {
  await proxy?.close();
  await gateway?.stop();
  if (directory !== '') rmSync(directory, { recursive: true, force: true });
});

type RawTopic = 'product.events.raw' | 'ai.requests.raw' | 'ai.feedback.raw';

/** A broker that has just started may still be loading its groups. */
const arrived = (topic: RawTopic) => vi.waitFor(() => readArrived(topic), { timeout: 60_000 });

/** This run's events in a raw topic, repeats included. */
async function readArrived(topic: RawTopic) {
  const decoder = createRecordDecoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), Date.now);
  const found: { id: string; name: string | null; properties: string }[] = [];
  await kafka.readRange({
    topics: [topic],
    sinceMs: startedMs,
    onRecords: async (_topic, _partition, records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const { value } of records) {
        const decoded = decoder.decode(topic, value);
        if (!decoded.ok || decoded.record.source !== SOURCE) continue;
        const { event_id: id, properties } = decoded.record;
        found.push({
          id,
          properties,
          name: 'event_name' in decoded.record ? decoded.record.event_name : null,
        });
      }
    },
  });
  return found;
}

/** Records until it is killed; answers what it was told to be kept. */
async function liveAndDie(first: number): Promise<Map<string, number>> {
  const args = [path.join(ROOT, 'testing', 'producer.ts'), proxy.url, key, directory, 'kill', String(first)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kept = new Map<string, number>();
  if (child.stdout === null) throw new Error('there is a pipe');
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    const [i = '', id = ''] = line.split(' ');
    kept.set(id, Number(i));
    if (kept.size === EVENTS_PER_LIFE) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return kept;
}

it('killed again and again before a gateway that fails: what was kept arrives, under one id each', async () => {
  const kept = new Map<string, number>();
  for (let life = 0; life < KILLS; life++) {
    proxy.fail(503, 'lost', 429, 'reset', 'silent', 500);
    for (const [id, i] of await liveAndDie(life * 10_000)) kept.set(id, i);
  }
  const options = { gatewayUrl: proxy.url, writeKey: key, queueDirectory: directory };
  const last = createAnalytics({ ...options, baseDelayMs: 20, maxDelayMs: 100, requestTimeoutMs: 500 });
  expect(await last.close(20_000)).toEqual({ undelivered: 0 });
  expect(last.stats().lost).toBe(0);
  const events = (await arrived('product.events.raw')).filter((e) => e.name === 'kill');
  const byId = new Map(events.map((e) => [e.id, (JSON.parse(e.properties) as { i: number }).i]));
  expect([...kept].filter(([id, i]) => byId.get(id) !== i)).toEqual([]);
  // The last call of a life may be on disk and not told of; no other, and none has two ids.
  expect(byId.size).toBeGreaterThanOrEqual(kept.size);
  expect(new Set(byId.values()).size).toBe(byId.size);
  expect(byId.size - kept.size).toBeLessThanOrEqual(KILLS);
});

it('the README’s first text runs as it stands', async () => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const [, text = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
  const env = {
    ...{ PATH: process.env['PATH'], GATEWAY_URL: gateway.url, WRITE_KEY: key },
    QUEUE_DIRECTORY: path.join(directory, 'readme'),
  };
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', text], { cwd: ROOT, env });
  const [request] = await arrived('ai.requests.raw');
  expect([request?.id, (await arrived('ai.feedback.raw')).length]).toEqual([expect.any(String), 1]);
  expect((await arrived('product.events.raw')).map((e) => e.name)).toContain('Report Sent');
});
