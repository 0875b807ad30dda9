import { randomUUID } from 'node:crypto';
import { compileCohort, compileFunnel, parseCohort, parseFunnel } from '@fineprint/behaviour';
import { saveDefinition } from '@fineprint/definitions';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { PoisonError } from '@fineprint/stream-runtime';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDefinitions } from '../definitions.ts';
import type { Snapshot } from '../snapshot.ts';
import { makeHistory, recount, snapshotsOf, type Watched } from '../testing/history.ts';
import { createRandom, type Random } from '../testing/random.ts';
import { createPeopleStore, type PeopleNews, type PeopleStore } from './people-store.ts';

let pool: Pool;
let run: string;
let watched: Watched;
const HOUR_MS = 3_600_000;
const NAMES = ['view', 'cart', 'buy', 'help'];
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

beforeAll(async () => {
  const { databaseUrl } = useTestStack().endpoints;
  await migratePostgres(databaseUrl);
  pool = new Pool({ connectionString: databaseUrl, max: 12 });
});
afterAll(() => pool?.end());

beforeEach(async () => {
  run = randomUUID().slice(0, 8);
  const steps = ['view', 'cart', 'buy'].map((event) => ({ event }));
  const funnels = ['ordered', 'strict', 'any'].map((order) => ({
    ...{ name: `${order}-${run}`, windowMs: 12 * HOUR_MS, order, steps },
  }));
  const cohorts = [
    { name: `buyers-${run}`, rule: { type: 'event', event: 'buy', atLeast: 2 } },
    { name: `pro-${run}`, rule: { type: 'property', path: 'traits.plan', op: 'eq', value: 'pro' } },
  ];
  for (const funnel of funnels) await saveDefinition(pool, 'funnel', funnel, 'test');
  for (const cohort of cohorts) await saveDefinition(pool, 'cohort', cohort, 'test');
  watched = {
    funnels: funnels.map((input) => compileFunnel(parsedValue(parseFunnel(input)))),
    cohorts: cohorts.map((input) => compileCohort(parsedValue(parseCohort(input)))),
  };
});

function parsedValue<T>(parsed: { ok: true; value: T } | { ok: false }): T {
  if (!parsed.ok) throw new Error('a definition of this test is not sound');
  return parsed.value;
}

const newStore = () => createPeopleStore(pool, createDefinitions(pool));

/** What a reader of the three topics keeps: the highest revision of each. */
function createReader() {
  const rows = new Map<string, { revision: number }>();
  const keep = (key: unknown[], row: { revision: number }) => {
    const known = rows.get(JSON.stringify(key));
    if (known === undefined || known.revision < row.revision) rows.set(JSON.stringify(key), row);
  };
  const all = (topic: string) =>
    [...rows].filter(([key]) => JSON.parse(key)[0] === topic).map(([, row]) => row);
  return {
    take(news: PeopleNews) {
      for (const row of news.funnels) keep(['funnel', row.person, row.name], row);
      for (const row of news.cohorts) keep(['cohort', row.person, row.name], row);
      for (const row of news.links) keep(['link', row.anonymousId], row);
    },
    funnels: () => all('funnel') as unknown as PeopleNews['funnels'],
    cohorts: () => all('cohort') as unknown as PeopleNews['cohorts'],
    links: () => all('link') as unknown as PeopleNews['links'],
  };
}
type Reader = ReturnType<typeof createReader>;

/** One instance on one partition: now and then it crashes after the transaction, and begins at an earlier commit. */
async function work(store: PeopleStore, log: readonly Snapshot[], reader: Reader, random: Random) {
  let committed = 0;
  let crashes = 0;
  while (committed < log.length) {
    const batch = log.slice(committed, committed + 1 + random.below(12));
    const news = await store.apply(batch);
    if (crashes < 40 && random.next() < 0.25) {
      crashes++;
      committed = Math.max(0, committed - random.below(4));
      continue; // stored, not published, not committed
    }
    reader.take(news);
    committed += batch.length;
  }
}

/** What Postgres holds of this run, in the shape of `recount`. */
async function stored() {
  const { rows } = await pool.query(
    'SELECT * FROM fineprint.funnel_progress WHERE right(funnel, 8) = $1 AND merged_into IS NULL AND level > 0',
    [run],
  );
  const members = await pool.query(
    'SELECT * FROM fineprint.cohort_members WHERE right(cohort, 8) = $1 AND merged_into IS NULL AND member',
    [run],
  );
  const owners = await pool.query(
    `SELECT substr(subject, 3) AS anonymous, substr(person, 3) AS owner FROM fineprint.subjects
     WHERE left(subject, 10) = $1 AND subject <> person`,
    [`a:${run}`],
  );
  return {
    levels: new Map(
      rows.map((row) => [
        `${row.person} ${row.funnel}`,
        {
          level: row.level,
          times: row.step_times.map((time: Date) => time.getTime()),
          reachedAtMs: row.reached_at.getTime(),
        },
      ]),
    ),
    members: new Map(
      members.rows.map((row) => [`${row.person} ${row.cohort}`, row.since?.getTime() ?? null]),
    ),
    owners: new Map(owners.rows.map((row) => [row.anonymous, row.owner])),
  };
}

function published(reader: Reader) {
  const funnels = reader.funnels().filter((row) => row.mergedInto === null && row.level > 0);
  const cohorts = reader.cohorts().filter((row) => row.mergedInto === null && row.member);
  return {
    levels: new Map(
      funnels.map((row) => [
        `${row.person} ${row.name}`,
        { level: row.level, times: row.stepTimesMs, reachedAtMs: row.reachedAtMs },
      ]),
    ),
    members: new Map(cohorts.map((row) => [`${row.person} ${row.name}`, row.sinceMs])),
    owners: new Map(reader.links().map((row) => [row.anonymousId, row.userId])),
  };
}

/** The product's table, as level by person. */
async function storedSteps(): Promise<Map<string, number>> {
  const { rows } = await pool.query(
    `SELECT is_anonymous, external_id, funnel_name, count(*)::int AS steps
     FROM fineprint.funnel_steps JOIN fineprint.users ON users.id = user_id
     WHERE right(funnel_name, 8) = $1 GROUP BY 1, 2, 3`,
    [run],
  );
  return new Map(
    rows.map((r) => [`${r.is_anonymous ? 'a' : 'u'}:${r.external_id} ${r.funnel_name}`, r.steps as number]),
  );
}

describe('people in Postgres', () => {
  it.each([1, 2, 3, 4])(
    'equal a recount of all events, whoever works on which partition and crashes when (%i)',
    async (n) => {
      const random = createRandom(seed + n);
      const partitions = 3;
      const size = { users: 4, anonymous: 6, partitions, events: 240, names: NAMES };
      const history = makeHistory(random, { run, ...size });
      const logs = snapshotsOf(random, history, watched);
      const reader = createReader();
      await Promise.all(
        [...logs].map(([partition, log]) =>
          work(newStore(), log, reader, createRandom(seed + 10 * n + partition)),
        ),
      );
      const expected = recount(history, watched);
      expect(expected.levels.size, `seed ${seed}`).toBeGreaterThan(3);
      expect(published(reader), `published, seed ${seed}`).toEqual(expected);
      expect(await stored(), `stored, seed ${seed}`).toEqual(expected);
      const levels = [...expected.levels].map(
        ([key, row]) => [key, (row as { level: number }).level] as const,
      );
      expect(await storedSteps(), `steps, seed ${seed}`).toEqual(new Map(levels));
      for (const row of reader.funnels())
        if (row.mergedInto !== null)
          expect(row.mergedInto).toBe(`u:${expected.owners.get(row.person.slice(2))}`);
    },
  );

  it('come out the same when the snapshots of a partition come in any order', async () => {
    const random = createRandom(seed);
    const size = { users: 3, anonymous: 4, partitions: 2, events: 120, names: NAMES };
    const history = makeHistory(random, { run, ...size });
    const all = [...snapshotsOf(random, history, watched).values()].flat();
    const shuffled = all.map((s) => [random.next(), s] as const).sort((a, b) => a[0] - b[0]);
    const store = newStore();
    for (let i = 0; i < shuffled.length; i += 7)
      await store.apply(shuffled.slice(i, i + 7).map(([, s]) => s));
    expect(await stored()).toEqual(recount(history, watched));
  });

  it('that lost an id are published again after a crash, though nothing tells of them any more', async () => {
    const store = newStore();
    const [ann, bob, device] = [`${run}-ann`, `${run}-bob`, `a:${run}-device`];
    const state = JSON.stringify({
      earliest: [1, 2].map((n) => ({ timeMs: n, id: String(n) })),
      latest: null,
    });
    const cohort = `buyers-${run}`;
    const bought: Snapshot = {
      ...{ partition: 0, subject: device, kind: 'cohort', name: cohort, definitionVersion: 1 },
      ...{ asOfOffset: 1, state },
    };
    const link = (user: string, at: number, partition: number): Snapshot => ({
      ...{ partition, subject: device, kind: 'link', name: user, definitionVersion: 0 },
      ...{ asOfOffset: 2, state: JSON.stringify({ at }) },
    });
    await store.apply([bought, link(ann, 20, 0)]);
    await store.apply([link(bob, 10, 1)]); // stored, and then the process died
    const again = await store.apply([link(bob, 10, 1)]);
    const told = again.cohorts.map((row) => [row.person, row.member, row.mergedInto]);
    expect(new Set(told.map((row) => JSON.stringify(row)))).toEqual(
      new Set(
        [
          [`u:${ann}`, false, null],
          [`u:${bob}`, true, null],
        ].map((row) => JSON.stringify(row)),
      ),
    );
    expect(again.links).toMatchObject([{ userId: bob, identifiedAtMs: 10 }]);
  });

  it('refuse what was counted by a definition that there is not, and keep nothing of the batch', async () => {
    const snapshot: Snapshot = {
      ...{ partition: 0, subject: `u:${run}`, kind: 'cohort', name: `none-${run}`, definitionVersion: 1 },
      ...{ asOfOffset: 1, state: '{"earliest":[],"latest":null}' },
    };
    await expect(newStore().apply([snapshot])).rejects.toThrow(PoisonError);
    const { rowCount } = await pool.query('SELECT FROM fineprint.subject_states WHERE subject = $1', [
      `u:${run}`,
    ]);
    expect(rowCount).toBe(0);
  });
});
