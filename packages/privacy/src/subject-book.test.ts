import { randomUUID } from 'node:crypto';
import { StreamError } from '@fineprint/stream-runtime';
import { expect, it } from 'vitest';
import type { Database } from './database.ts';
import { createErasedList } from './erased-list.ts';
import { createSubjectHash, type SubjectId, subjectName } from './subject.ts';
import { createSubjectBook } from './subject-book.ts';

const hash = createSubjectHash('a key of this test');

/** Postgres with the two tables, as far as they are asked for. */
function memoryDatabase() {
  const pseudonyms = new Map<string, string>();
  const erased: { hash: string; atMs: number; listed: string }[] = [];
  let isAway = false;
  let asked = 0;
  const database: Database = {
    query: (text, values = []) => {
      if (isAway) return Promise.reject(new Error('away'));
      if (text.includes('erased_subjects')) return Promise.resolve({ rows: [...erased], rowCount: 0 });
      asked++;
      const [kinds, ids] = values as [SubjectId['kind'][], string[]];
      const rows = kinds.map((kind, i) => {
        const id = ids[i] ?? '';
        const name = subjectName({ kind, id });
        const pseudonym = pseudonyms.get(name) ?? randomUUID();
        pseudonyms.set(name, pseudonym);
        return { kind, id, pseudonym };
      });
      return Promise.resolve({ rows, rowCount: rows.length });
    },
  };
  return {
    database,
    asked: () => asked,
    away: (away: boolean) => (isAway = away),
    erase(subject: SubjectId, atMs: number) {
      pseudonyms.delete(subjectName(subject));
      erased.push({ hash: hash(subject).toString('base64'), atMs, listed: String(erased.length) });
    },
  };
}

function newBook(anonymize: boolean) {
  const memory = memoryDatabase();
  const clock = { nowMs: 1_000_000 };
  const erased = createErasedList({ database: memory.database, hash, nowMs: () => clock.nowMs });
  const book = createSubjectBook({ database: memory.database, erased, anonymize, maxCached: 2 });
  const of = async (userId: string | null, anonymousId: string | null = null, atMs = clock.nowMs) =>
    (await book.lookup(() => [{ userId, anonymousId, atMs }]))?.[0];
  return { ...memory, clock, book, of };
}

it('a subject has one pseudonym, as a user and as a visitor another one; what has no id stays so', async () => {
  const { of, asked } = newBook(true);
  const first = await of('ada');
  expect(await of('ada')).toEqual(first);
  expect(asked()).toBe(1);
  const both = await of('ada', 'ada');
  if (both?.is !== 'known') throw new Error('erased');
  expect(both.userId).not.toBe(both.anonymousId);
  expect([both.userId, both.anonymousId]).not.toContain('ada');
  expect(await of(null, null)).toEqual({ is: 'known', userId: null, anonymousId: null });
});

it('without anonymization, and nobody erased, there is nothing to look at', async () => {
  const { of, erase, clock } = newBook(false);
  expect(await of('ada', 'device')).toBeUndefined();
  erase({ kind: 'user', id: 'bob' }, clock.nowMs);
  clock.nowMs += 2_000;
  expect(await of('ada', 'device')).toEqual({ is: 'known', userId: 'ada', anonymousId: 'device' });
});

it('what was before an erasure is erased, what comes after it is of somebody new', async () => {
  for (const anonymize of [true, false]) {
    const { of, erase, clock } = newBook(anonymize);
    const before = anonymize
      ? await of('ada', 'device')
      : ({ is: 'known', userId: 'ada', anonymousId: 'device' } as const);
    erase({ kind: 'anonymous', id: 'device' }, clock.nowMs);
    clock.nowMs += 2_000;
    expect(await of('ada', 'device', clock.nowMs - 2_000)).toEqual({ is: 'erased' });
    const after = await of('ada', 'device');
    if (before?.is !== 'known' || after?.is !== 'known') throw new Error('erased');
    expect(after.userId).toBe(before.userId);
    expect(after.anonymousId === before.anonymousId).toBe(!anonymize);
  }
});

it('Postgres away: nothing passes before the list was read, nor without pseudonyms; otherwise the list that is known serves', async () => {
  for (const anonymize of [true, false]) {
    const { of, away, clock } = newBook(anonymize);
    away(true);
    await expect(of('ada')).rejects.toThrow(StreamError);
    away(false);
    clock.nowMs += 2_000;
    await of('ada');
    away(true);
    clock.nowMs += 2_000;
    if (anonymize) await expect(of('ada')).rejects.toMatchObject({ retriable: true });
    else expect(await of('ada')).toBeUndefined();
  }
});

it('what is kept in memory is bounded', async () => {
  const { of, asked } = newBook(true);
  for (const id of ['a', 'b', 'c', 'a']) await of(id);
  expect(asked()).toBe(4);
  await of('a');
  expect(asked()).toBe(4);
});
