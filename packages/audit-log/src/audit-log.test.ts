import { expect, it } from 'vitest';
import { AuditLogFull, createAuditLog } from './audit-log.ts';
import type { Act } from './entry.ts';

const act = (object: string): Act => ({
  actor: 'cli:test',
  role: 'admin',
  action: 'keys.create',
  object,
  subject: null,
  outcome: 'allowed',
  code: null,
  requestId: 'r',
});
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Postgres that answers when it is told to. */
function database() {
  const written: string[][] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  return {
    written,
    answers,
    query: (_text: string, values: unknown[] = []) =>
      new Promise<{ rows: unknown[] }>((resolve, reject) => {
        written.push((JSON.parse(String(values[0])) as { object: string }[]).map(({ object }) => object));
        answers.push({ resolve: () => resolve({ rows: [] }), reject });
      }),
  };
}

it('writes what comes meanwhile together, in its order, and tells each when it is there', async () => {
  const store = database();
  const log = createAuditLog(store);
  const done: string[] = [];
  for (const object of ['a', 'b', 'c']) void log.append(act(object)).then(() => done.push(object));
  expect(store.written).toEqual([['a']]);
  store.answers[0]?.resolve();
  await turn();
  expect([store.written, done]).toEqual([[['a'], ['b', 'c']], ['a']]);
  store.answers[1]?.resolve();
  await turn();
  expect(done).toEqual(['a', 'b', 'c']);
});

it('tells who waits that theirs was not written, and goes on with the next', async () => {
  const store = database();
  const log = createAuditLog(store);
  const first = log.append(act('a'));
  const second = log.append(act('b'));
  store.answers[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  store.answers[1]?.resolve();
  await second;
});

it('refuses what would wait too long, and nothing strange reaches Postgres', async () => {
  const store = database();
  const log = createAuditLog(store);
  const all = Array.from({ length: 5_001 }, () => log.append(act('a\u0000b\ud800')));
  await expect(log.append(act('x'))).rejects.toBeInstanceOf(AuditLogFull);
  for (let i = 0; i < 20; i++) {
    store.answers[i]?.resolve();
    await turn();
  }
  await Promise.all(all);
  expect(store.written[0]).toEqual(['a\ufffdb\ufffd']);
  expect(Math.max(...store.written.map((batch) => batch.length))).toBe(500);
});
