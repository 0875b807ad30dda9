/**
 * How many snapshots a second the store takes, by how many people it holds. Needs a Postgres of its own:
 * `DATABASE_URL=… node services/person-builder/bench.ts [people]`
 */
import {
  applyEvent,
  compileFunnel,
  createFunnelState,
  fromProductEvent,
  parseFunnel,
} from '@fineprint/behaviour';
import { saveDefinition } from '@fineprint/definitions';
import { migratePostgres } from '@fineprint/migrations';
import { sampleProductEvent } from '@fineprint/stream-testing';
import { Pool } from 'pg';
import { createDefinitions } from './src/definitions.ts';
import type { Snapshot } from './src/snapshot.ts';
import { createPeopleStore } from './src/store/people-store.ts';

const url = process.env['DATABASE_URL'];
if (url === undefined) throw new Error('set DATABASE_URL');
const PEOPLE = Number(process.argv[2] ?? 20_000);
const ROUNDS = 3;
const BATCH = 250;
const WORKERS = 6;
const START_MS = Date.UTC(2026, 0, 1);
const STEPS = ['view', 'cart', 'buy', 'pay', 'thank'];

await migratePostgres(url);
const pool = new Pool({ connectionString: url, max: WORKERS + 1 });
const run = `bench-${Date.now()}`;
const definition = { name: run, windowMs: 86_400_000, steps: STEPS.map((event) => ({ event })) };
await saveDefinition(pool, 'funnel', definition, 'bench');
const parsed = parseFunnel(definition);
if (!parsed.ok) throw new Error('not sound');
const funnel = compileFunnel(parsed.value);
const store = createPeopleStore(pool, createDefinitions(pool));

/** States of somebody who has come so many steps far: one event a step. */
const states = STEPS.map((_, last) => {
  const state = createFunnelState(funnel);
  for (const [i, event_name] of STEPS.slice(0, last + 1).entries()) {
    const event_id = `00000000-0000-4000-8000-00000000000${i}`;
    const record = sampleProductEvent({ event_id, event_name, event_time: START_MS + i * 60_000 });
    applyEvent(funnel, state, fromProductEvent(record, 'u:x'));
  }
  return JSON.stringify(state);
});

const funnelSnapshot = (subject: string, level: number): Snapshot => ({
  ...{ partition: 0, subject, kind: 'funnel', name: run, definitionVersion: 1 },
  ...{ asOfOffset: level, state: states[level] ?? '' },
});
const linkSnapshot = (anonymous: string, user: string): Snapshot => ({
  ...{ partition: 0, subject: `a:${anonymous}`, kind: 'link', name: user, definitionVersion: 0 },
  ...{ asOfOffset: 1, state: JSON.stringify({ at: START_MS }) },
});

async function measure(what: string, snapshots: readonly Snapshot[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(snapshots.length / BATCH) }, (_, i) =>
    snapshots.slice(i * BATCH, (i + 1) * BATCH),
  );
  const startedMs = performance.now();
  const times: number[] = [];
  const worker = async () => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const beganMs = performance.now();
      await store.apply(batch);
      times.push(performance.now() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  const seconds = (performance.now() - startedMs) / 1_000;
  const median = times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
  console.log(
    `${what}: ${Math.round(snapshots.length / seconds)} snapshots/s, a transaction of ${BATCH} ${median.toFixed(0)} ms`,
  );
}

for (let round = 1; round <= ROUNDS; round++) {
  const users = Array.from({ length: PEOPLE }, (_, i) => `${run}-${round}-${i}`);
  console.log(`— with ${(round - 1) * PEOPLE} people held`);
  await measure(
    'new people',
    users.map((user) => funnelSnapshot(`u:${user}`, 0)),
  );
  await measure(
    'one step on',
    users.map((user) => funnelSnapshot(`u:${user}`, 1)),
  );
  await measure(
    'the same again',
    users.map((user) => funnelSnapshot(`u:${user}`, 1)),
  );
  await measure(
    'their devices',
    users.map((user) => funnelSnapshot(`a:${user}`, 2)),
  );
  await measure(
    'identified',
    users.map((user) => linkSnapshot(user, user)),
  );
}
await pool.end();
