import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { subjectsOfPseudonyms } from '@fineprint/privacy';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const RUN = `rights-${randomUUID().slice(0, 8)}`;
const EVENTS = 20;

const services: ServiceProcess[] = [];
let scrubbers: readonly ServiceProcess[];
let gateway: ServiceProcess;
let clickhouse: ClickHouseClient;
let pool: Pool;
let key: string;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  await prepareStack(RUN);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  key = (await createWriteKey(pool, { source: RUN })).key;
  const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID(), ENABLE_DATA_ANONYMIZATION: 'true' };
  gateway = await startService('ingest-gateway', settings);
  scrubbers = [await startService('pii-scrubber', settings), await startService('pii-scrubber', settings)];
  services.push(gateway, ...scrubbers, await startService('warehouse-loader', settings));
  await Promise.all(services.map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((s) => s.stop()));
  await clickhouse?.close();
  await pool?.end();
});

async function post(events: readonly object[]): Promise<void> {
  const answer = await fetch(`${gateway.url}/api/v1/product/events/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
}

interface Row {
  readonly event_name: string;
  readonly user_id: string | null;
  readonly anonymous_id: string | null;
  readonly properties: string;
}

async function rows(): Promise<Row[]> {
  const answer = await clickhouse.query({
    query:
      'SELECT event_name, user_id, anonymous_id, properties FROM fineprint.product_events WHERE source = {source:String}',
    query_params: { source: RUN },
    format: 'JSONEachRow',
  });
  return answer.json<Row>();
}

const event = (name: string, user: string) => ({
  event_id: randomUUID(),
  event_name: name,
  user_id: `${RUN}-${user}`,
  anonymous_id: `${RUN}-${user}-device`,
  properties: { owner: `${RUN}-${user}`, device: `of ${RUN}-${user}-device` },
});

it('stores hold pseudonyms: one for each subject, whichever instance is killed meanwhile', async () => {
  const users = Array.from({ length: 5 }, (_, i) => `user-${i}`);
  for (const part of [0, 1, 2]) {
    await post(
      Array.from({ length: EVENTS }, (_, i) => event(`part-${part}`, users[i % users.length] ?? '')),
    );
    if (part < 2) await scrubbers[part]?.killAndRestart();
  }
  await expect.poll(async () => (await rows()).length, { timeout: 90_000, interval: 500 }).toBe(3 * EVENTS);
  const stored = await rows();
  const pseudonyms = new Set(stored.map((r) => r.user_id ?? ''));
  expect(pseudonyms.size).toBe(users.length);
  const whose = await subjectsOfPseudonyms(pool, [...pseudonyms]);
  expect([...whose.values()].map((s) => s.id).sort()).toEqual(users.map((u) => `${RUN}-${u}`).sort());
  for (const { user_id, anonymous_id, properties } of stored) {
    const { owner, device } = JSON.parse(properties) as { owner: string; device: string };
    expect(owner).toBe(user_id);
    expect(device).toContain(`${RUN}-`); // a part of a longer text is no id
    expect(`${user_id} ${anonymous_id}`).not.toContain(RUN);
  }
});
