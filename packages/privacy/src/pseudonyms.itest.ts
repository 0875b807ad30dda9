import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createErasedList } from './erased-list.ts';
import { knownPseudonyms, pseudonymsOf, subjectsOfPseudonyms } from './pseudonyms.ts';
import { createSubjectHash, type SubjectId, subjectName } from './subject.ts';

const run = `pseudonyms-${randomUUID()}`;
let pool: Pool;
beforeAll(async () => {
  const { databaseUrl } = useTestStack().endpoints;
  await migratePostgres(databaseUrl);
  pool = new Pool({ connectionString: databaseUrl, max: 8 });
});
afterAll(() => pool.end());

it('whoever asks first makes it, and eight at once are told the same', async () => {
  const subjects = Array.from(
    { length: 300 },
    (_, i): SubjectId => ({
      kind: i % 3 === 0 ? 'anonymous' : 'user',
      id: `${run} "${i}" ü`,
    }),
  );
  const asked = await Promise.all(
    Array.from({ length: 8 }, (_, i) => pseudonymsOf(pool, i % 2 === 0 ? subjects : subjects.toReversed())),
  );
  const [first] = asked;
  for (const other of asked)
    for (const s of subjects) expect(other.get(subjectName(s))).toBe(first?.get(subjectName(s)));
  expect(new Set(first?.values()).size).toBe(300);
  const whose = await subjectsOfPseudonyms(pool, [...(first?.values() ?? []), 'no pseudonym', randomUUID()]);
  expect([...whose.values()].map(subjectName).sort()).toEqual(subjects.map(subjectName).sort());
  expect(await knownPseudonyms(pool, [{ kind: 'user', id: `${run} nobody` }])).toEqual(new Map());
});

it('an erasure is heard of by whoever reads the list again', async () => {
  const hash = createSubjectHash(run);
  const clock = { nowMs: 0 };
  const list = createErasedList({ database: pool, hash, nowMs: () => clock.nowMs });
  const subject: SubjectId = { kind: 'user', id: run };
  await list.refresh();
  expect(list.isErased(subject, 1)).toBe(false);
  await pool.query(
    'INSERT INTO fineprint.erased_subjects (subject_hash, erased_at, request_id) VALUES ($1, to_timestamp(1.5), $2)',
    [hash(subject), randomUUID()],
  );
  const before = list.version();
  clock.nowMs += 2_000;
  await list.refresh();
  expect(list.version()).toBeGreaterThan(before);
  expect([list.isErased(subject, 1_500), list.isErased(subject, 1_501)]).toEqual([true, false]);
  expect(list.isErased({ kind: 'anonymous', id: run }, 1)).toBe(false);
});
