import { expect, it } from 'vitest';
import { planMigrations } from './plan-migrations.ts';
import { POSTGRES_MIGRATIONS } from './postgres.ts';
import { readMigrations } from './read-migrations.ts';

const file = (id: string, checksum = id) => ({ id, checksum, sql: 'SELECT 1' });
const ran = (...ids: string[]) => new Map(ids.map((id) => [id, id]));

it('gives what did not run, in order', () => {
  const plan = planMigrations([file('0003_c'), file('0001_a'), file('0002_b')], ran('0001_a'));
  expect(plan.map((m) => m.id)).toEqual(['0002_b', '0003_c']);
  expect(planMigrations([file('0001_a')], ran('0001_a'))).toEqual([]);
});

it.each([
  ['migration_changed', [file('0001_a', 'edited')], ran('0001_a')],
  ['migration_missing', [], ran('0001_a')],
  ['migration_out_of_order', [file('0001_a'), file('0002_b')], ran('0002_b')],
] as const)('refuses: %s', (code, files, applied) => {
  expect(() => planMigrations(files, applied)).toThrow(expect.objectContaining({ code }));
});

it('reads the released files', () => {
  const migrations = readMigrations(POSTGRES_MIGRATIONS);
  expect(migrations[0]).toMatchObject({
    id: '0001_write_keys',
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});
