import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  archiveDefinition,
  listDefinitions,
  loadActive,
  loadOne,
  readDefinition,
  saveDefinition,
} from './store.ts';

let pool: Pool;
const name = `checkout-${randomUUID().slice(0, 8)}`;
const funnel = (windowMs: number) => ({ name, windowMs, steps: [{ event: 'view' }, { event: 'buy' }] });
const save = (windowMs: number) => saveDefinition(pool, 'funnel', funnel(windowMs), 'test');

beforeAll(async () => {
  const { databaseUrl } = useTestStack().endpoints;
  await migratePostgres(databaseUrl);
  pool = new Pool({ connectionString: databaseUrl, max: 4 });
});
afterAll(() => pool?.end());

const active = async () => (await loadActive(pool, ['funnel'])).filter((d) => d.name === name);

it('keeps versions, of which one is in force; the same again makes none', async () => {
  expect(await save(60_000)).toMatchObject({ version: 1, isNew: true });
  expect(await save(60_000)).toMatchObject({ version: 1, isNew: false });
  expect(await save(90_000)).toMatchObject({ version: 2, isNew: true });
  expect(await active()).toEqual([
    expect.objectContaining({
      kind: 'funnel',
      version: 2,
      value: expect.objectContaining({ name, windowMs: 90_000 }),
    }),
  ]);
  expect(await loadOne(pool, 'funnel', name)).toEqual((await active())[0]);
  expect(await loadOne(pool, 'cohort', name)).toBeNull();
  const listed = await listDefinitions(pool, 'funnel', { after: '', limit: 500 });
  expect(listed.filter((d) => d.name === name).map((d) => d.version)).toEqual([2]);
  expect((await readDefinition(pool, 'funnel', name)).map((d) => d.version)).toEqual([2, 1]);
});

it('of many at once puts exactly one in force', async () => {
  const tries = Array.from({ length: 8 }, (_, i) => save(100_000 + i));
  const settled = await Promise.allSettled(tries);
  expect(settled.some((s) => s.status === 'fulfilled')).toBe(true);
  expect(await active()).toHaveLength(1);
});

it('goes on with the next version after a name was taken away', async () => {
  const [before] = await active();
  expect(await archiveDefinition(pool, 'funnel', name)).toBe(true);
  expect(await archiveDefinition(pool, 'funnel', name)).toBe(false);
  expect(await active()).toEqual([]);
  expect(await save(60_000)).toMatchObject({ version: (before?.version ?? 0) + 1, isNew: true });
});

it('refuses what is not sound, with every problem', async () => {
  const refused = await saveDefinition(pool, 'funnel', { name, windowMs: 0, steps: [] }, 'test');
  expect(refused.ok ? [] : refused.problems.map((p) => p.code)).toEqual(['window_invalid', 'steps_invalid']);
});
