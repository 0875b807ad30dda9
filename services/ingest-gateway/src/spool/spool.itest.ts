import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectKafka,
  connectRegistry,
  createRecordDecoder,
  type KafkaConnection,
} from '@fineprint/stream-runtime';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createWriteKey } from '../keys/write-keys.ts';
import { type GatewayProcess, startGatewayProcess } from '../testing/gateway-process.ts';
import { post } from '../testing/test-gateway.ts';

const SOURCE = `spool-itest-${randomUUID().slice(0, 8)}`;
const TOPIC = 'product.events.raw';
/** Nothing listens there: Kafka is away for whoever is told this address. */
const NO_KAFKA = '127.0.0.1:9';

let kafka: KafkaConnection;
let key: string;
let directory: string;
let gateway: GatewayProcess | undefined;
const startedMs = Date.now() - 60_000;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: SOURCE }, () => undefined);
  const admin = await kafka.admin();
  await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
  await admin.close();
  await migratePostgres(endpoints.databaseUrl);
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  key = (await createWriteKey(pool, { source: SOURCE })).key;
  await pool.end();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-itest-'));
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function start(env: Record<string, string> = {}): Promise<GatewayProcess> {
  gateway = await startGatewayProcess({
    ...useTestStack().env,
    SPOOL_DIR: directory,
    SPOOL_AFTER_MS: '300',
    ...env,
  });
  const started = gateway;
  await vi.waitFor(async () => expect((await started.ready()).status).toBe(200), { timeout: 20_000 });
  return started;
}

const send = async (to: GatewayProcess, names: readonly string[]) => {
  const events = names.map((event) => ({ event, user_id: 'u' }));
  return post(`${to.url}/api/v1/product/events/batch`, events, { authorization: `Bearer ${key}` });
};
const metric = async (of: GatewayProcess, name: string) => {
  const text = await (await fetch(`${of.url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1]);
};

/** This test's event names as they lie in the topic; all of one user, so of one partition. */
async function stored(prefix: string): Promise<string[]> {
  const decoder = createRecordDecoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), Date.now);
  const found: string[] = [];
  await kafka.readRange({
    topics: [TOPIC],
    sinceMs: startedMs,
    onRecords: async (_topic, _partition, records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const { value } of records) {
        const decoded = decoder.decode(TOPIC, value);
        if (!decoded.ok || decoded.record.source !== SOURCE) continue;
        if (decoded.record.event_name.startsWith(prefix)) found.push(decoded.record.event_name);
      }
    },
  });
  return found;
}

it('takes events while Kafka is away, survives kill -9 among them, and delivers in order when Kafka is back', async () => {
  const away = await start({ KAFKA_BROKERS: NO_KAFKA });
  const acknowledged: string[] = [];
  expect((await send(away, ['kill 0'])).status).toBe(202);
  acknowledged.push('kill 0');
  expect(await metric(away, 'fineprint_gateway_spooling')).toBe(1);
  const { reasons } = await vi.waitFor(
    async () => {
      const now = await away.ready();
      expect(now.reasons.map((r) => r.code)).toContain('spooling');
      return now;
    },
    { timeout: 10_000 },
  );
  expect(reasons.every((r) => r.code === 'spooling')).toBe(true);
  const killed = setTimeout(() => away.child.kill('SIGKILL'), 400);
  for (let i = 1; ; i++) {
    const names = [`kill ${i}a`, `kill ${i}b`];
    const answer = await send(away, names).catch(() => null);
    if (answer === null) break;
    expect(answer.status).toBe(202);
    acknowledged.push(...names);
  }
  clearTimeout(killed);
  expect(acknowledged.length).toBeGreaterThan(10);

  const back = await start();
  expect((await send(back, ['kill last'])).status).toBe(202);
  acknowledged.push('kill last');
  await vi.waitFor(async () => expect(await metric(back, 'fineprint_gateway_spool_bytes')).toBe(0), {
    timeout: 20_000,
  });
  const all = [...new Set(await stored('kill '))];
  // A batch that was being written when the process ended may be there although nobody was told so.
  expect(all.filter((name) => acknowledged.includes(name))).toEqual(acknowledged);
  expect(all.length - acknowledged.length).toBeLessThanOrEqual(2);
});

it('answers 503 and is not ready once the spool is full, and loses nothing of it', async () => {
  const away = await start({ KAFKA_BROKERS: NO_KAFKA, SPOOL_MAX_BYTES: '1048576' });
  let taken = 0;
  const full = await (async () => {
    for (;;) {
      const answer = await send(away, [`full ${taken}`, ...Array(50).fill('full pad')]);
      if (answer.status !== 202) return answer;
      taken++;
    }
  })();
  expect([full.status, full.body.code, full.headers.get('retry-after')]).toEqual([503, 'spool_full', '10']);
  await vi.waitFor(
    async () => {
      const { status, reasons } = await away.ready();
      expect([status, reasons.map((r) => r.code)]).toEqual([503, expect.arrayContaining(['spool_full'])]);
    },
    { timeout: 10_000 },
  );
  await away.stop();
  const back = await start({ SPOOL_MAX_BYTES: '1048576' });
  await vi.waitFor(async () => expect(await metric(back, 'fineprint_gateway_spool_bytes')).toBe(0), {
    timeout: 20_000,
  });
  const numbers = new Set((await stored('full ')).flatMap((n) => /^full (\d+)/.exec(n)?.[1] ?? []));
  expect(numbers.size).toBeGreaterThanOrEqual(taken);
  expect(readdirSync(directory).filter((n) => n.endsWith('.damaged'))).toEqual([]);
});
