import { randomUUID } from 'node:crypto';
import type { ConsentRecord } from '@fineprint/consent';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConsentTable } from '../testing/consent-table.ts';
import type { ConsentStore, StoredConsent, Told } from './consent-store.ts';
import { createPostgresConsentStore } from './postgres-consent-store.ts';

/** Beyond the topic's partitions, so that nothing here is news to anybody else. */
const PARTITIONS = [900, 901];
const RUN = randomUUID().slice(0, 8);
const [ADA, BOB] = [`ada-${RUN}`, `bob-${RUN}`];
const START_MS = Date.UTC(2026, 0, 1);

let pool: Pool;
let store: ConsentStore;
beforeAll(async () => {
  const { databaseUrl } = useTestStack().endpoints;
  await migratePostgres(databaseUrl);
  pool = new Pool({ connectionString: databaseUrl, max: 4 });
  store = createPostgresConsentStore(pool);
});
afterAll(async () => {
  await pool.query('DELETE FROM fineprint.consent_records WHERE partition = ANY ($1)', [PARTITIONS]);
  await pool.query('DELETE FROM fineprint.consent_positions WHERE partition = ANY ($1)', [PARTITIONS]);
  await pool.end();
});

const said = (offset: number, change: Partial<StoredConsent> = {}): StoredConsent => ({
  eventId: randomUUID(),
  userId: ADA,
  anonymousId: null,
  eventTimeMs: START_MS + offset,
  receivedMs: START_MS + offset,
  categories: { analytics: true },
  choices: { analytics: true },
  jurisdiction: 'GDPR',
  method: null,
  policyVersion: null,
  expiresAtMs: null,
  source: 'test',
  properties: '{}',
  offset,
  ...change,
});

const KNOWN = {
  eventId: true,
  userId: true,
  anonymousId: true,
  eventTimeMs: true,
  receivedMs: true,
  choices: true,
  jurisdiction: true,
  expiresAtMs: true,
};
/** What a verdict needs, in one order; only of what this test put there. */
function plain({ positions, news, users, devices }: Told) {
  const records = (list: readonly object[] = []) =>
    list
      .map((r) =>
        JSON.stringify(
          Object.fromEntries(Object.keys(KNOWN).map((k) => [k, (r as Record<string, unknown>)[k]])),
        ),
      )
      .sort();
  return {
    positions: PARTITIONS.map((p) => positions.get(p) ?? 0),
    news: records(news ?? undefined),
    users: [ADA, BOB].map((id) => records(users.get(id))),
    devices: [ADA, BOB].map((id) => records(devices.get(id))),
  };
}

it('keeps each consent once, moves no position over a gap, and tells what its model tells', async () => {
  const model = createConsentTable();
  const twice = randomUUID();
  const no = { categories: { analytics: false }, choices: { analytics: false } };
  const hostile = {
    method: `x'); DROP TABLE fineprint.consent_records; --`,
    properties: '{"a":"\\u0000\\ud800"}',
    categories: { 'a\u0000b': true, ai: false },
    choices: { ai: false },
  };
  const steps: [number, number, number, StoredConsent[]][] = [
    [900, 5, 7, [said(5)]], // what lies before is missing
    [900, 0, 2, [said(0), said(1, { userId: BOB, anonymousId: ADA, expiresAtMs: START_MS + 9 })]],
    [900, 2, 7, [said(2, { ...no, eventId: twice, receivedMs: START_MS + 50 })]],
    [
      901,
      0,
      3,
      [
        said(0, { eventId: twice, receivedMs: START_MS + 40 }),
        said(1, { ...hostile, userId: null, anonymousId: BOB }),
      ],
    ],
    [901, 0, 3, [said(0, { eventId: twice, receivedMs: START_MS + 40 })]], // again
    [900, 2, 7, [said(2, { ...no, eventId: twice, receivedMs: START_MS + 50 })]], // of a process that was frozen
    [900, 1, 3, []],
    [901, 3, 9, []],
  ];
  const far = new Map((await store.positions()).entries());
  for (const [partition, from, to, records] of steps) {
    await store.record({ partition, from, to }, records);
    model.record({ partition, from, to }, records);
    for (const known of [
      new Map([
        [900, 0],
        [901, 0],
      ]),
      new Map([
        [900, 2],
        [901, 3],
      ]),
    ]) {
      const question = { known: new Map([...far, ...known]), users: [ADA, BOB], devices: [ADA, BOB] };
      expect(plain(await store.ask(question))).toEqual(plain(model.ask(question)));
    }
  }
  expect((await store.positions()).get(900)).toBe(7);
  const all = new Map<string, ConsentRecord>();
  await store.eachRecord((records) => {
    for (const record of records) all.set(record.eventId, record);
  });
  for (const { eventId, userId, anonymousId, choices } of model.rows())
    expect(all.get(eventId)).toMatchObject({ userId, anonymousId, choices });
  const { rows } = await pool.query(
    'SELECT properties, categories FROM fineprint.consent_records WHERE method = $1',
    [hostile.method],
  );
  expect(rows).toEqual([{ properties: hostile.properties, categories: hostile.categories }]);
});

it('of many at once says nothing but that they are many, and of two with one id in a batch keeps one', async () => {
  const [partition] = [PARTITIONS[1] ?? 0];
  const eventId = randomUUID();
  const many = Array.from({ length: 10_001 }, (_, n) => said(100 + n, { userId: `many-${RUN}-${n % 7}` }));
  await store.record({ partition, from: 9, to: 20_000 }, [
    ...many,
    said(11_000, { eventId }),
    said(11_001, { eventId }),
  ]);
  const told = await store.ask({ known: new Map(), users: [`many-${RUN}-0`], devices: [] });
  expect(told.news).toBeNull();
  const words = told.users.get(`many-${RUN}-0`) ?? [];
  expect([words.length, words[0]?.eventTimeMs]).toEqual([200, Math.max(...words.map((w) => w.eventTimeMs))]);
});
