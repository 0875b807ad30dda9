import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type Database } from '../postgres/database.ts';
import { stored } from '../testing/experiment-rows.ts';
import {
  createExperiment,
  listExperiments,
  loadRunning,
  readExperiment,
  startExperiment,
  stopExperiment,
} from './store.ts';

let pool: Pool;
let database: Database;
const run = randomUUID().slice(0, 8);
const definition = (name: string, description = "it's") => ({
  ...stored().definition,
  id: `${name}-${run}`,
  description,
});
const create = async (name: string) =>
  (await createExperiment(database, definition(name), 'k')).experiment.id;

beforeAll(async () => {
  const { databaseUrl } = useTestStack().endpoints;
  await migratePostgres(databaseUrl);
  pool = new Pool({ connectionString: databaseUrl, max: 4 });
  database = createDatabase(pool);
});
afterAll(() => pool?.end());

it('makes a draft once; the same content again changes nothing, another is refused', async () => {
  const made = await createExperiment(database, definition('once'), 'k1');
  expect(made).toMatchObject({
    isNew: true,
    experiment: { status: 'draft', createdBy: 'k1', startedAt: null },
  });
  const again = await createExperiment(database, definition('once'), 'k2');
  expect(again).toEqual({ isNew: false, experiment: made.experiment });
  await expect(createExperiment(database, definition('once', 'other'), 'k1')).rejects.toMatchObject({
    code: 'experiment_exists',
  });
});

it('of many at once one is new', async () => {
  const made = await Promise.all(
    Array.from({ length: 6 }, () => createExperiment(database, definition('many'), 'k')),
  );
  expect(made.filter((m) => m.isNew)).toHaveLength(1);
});

it('goes from draft to running to stopped, each once, and says who and when', async () => {
  const id = await create('life');
  await expect(stopExperiment(database, id, 'k', null)).rejects.toMatchObject({ code: 'experiment_status' });
  const starts = await Promise.all([1, 2, 3].map((n) => startExperiment(database, id, `k${n}`)));
  expect(new Set(starts.map((s) => s.startedAt?.getTime())).size).toBe(1);
  expect((await loadRunning(database)).map((e) => e.id)).toContain(id);
  const stopped = await stopExperiment(database, id, 'k9', "it's slow");
  expect(stopped).toMatchObject({ status: 'stopped', stoppedBy: 'k9', stopReason: "it's slow" });
  expect(await stopExperiment(database, id, 'k10', 'other')).toEqual(stopped);
  await expect(startExperiment(database, id, 'k')).rejects.toMatchObject({ code: 'experiment_status' });
  expect(await readExperiment(database, id)).toEqual(stopped);
});

it('knows no others', async () => {
  const absent = `absent-${run}`;
  const attempts = [
    () => readExperiment(database, absent),
    () => startExperiment(database, absent, 'k'),
    () => stopExperiment(database, absent, 'k', null),
  ];
  for (const attempt of attempts)
    await expect(attempt()).rejects.toMatchObject({ code: 'unknown_experiment' });
});

it('lists by id and status, over pages', async () => {
  const ids = [await create('page-a'), await create('page-b'), await create('page_c')];
  await startExperiment(database, ids[1] ?? '', 'k');
  const found: string[] = [];
  for (let after = ''; ; ) {
    const page = await listExperiments(database, { status: 'draft', after, limit: 2 });
    found.push(...page.map((e) => e.id));
    if (page.length < 2) break;
    after = page.at(-1)?.id ?? '';
  }
  expect(found.filter((id) => ids.includes(id))).toEqual([ids[0], ids[2]]);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual([...found].sort());
});

describe('Postgres itself refuses', () => {
  it.each([
    ['another definition once it runs', `definition = jsonb_set(definition, '{alpha}', '0.1')`],
    ['another start', 'started_at = now()'],
    ['another id', `id = 'x'`],
    ['to be a draft again', `status = 'draft', started_at = NULL, started_by = NULL`],
  ])('%s', async (_, change) => {
    const id = await create(`guard-${randomUUID().slice(0, 4)}`);
    await startExperiment(database, id, 'k');
    const update = pool.query(`UPDATE fineprint.experiments SET ${change} WHERE id = $1`, [id]);
    await expect(update).rejects.toMatchObject({ code: '23514' });
  });

  it('to run again, and to be forgotten', async () => {
    const id = await create('guard-stopped');
    await startExperiment(database, id, 'k');
    await stopExperiment(database, id, 'k', null);
    for (const statement of [
      `UPDATE fineprint.experiments SET status = 'running', stopped_at = NULL, stopped_by = NULL WHERE id = $1`,
      'UPDATE fineprint.experiments SET stopped_at = now() WHERE id = $1',
      'DELETE FROM fineprint.experiments WHERE id = $1',
    ])
      await expect(pool.query(statement, [id])).rejects.toMatchObject({ code: '23514' });
  });
});
