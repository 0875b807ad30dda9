import type { Database } from '@fineprint/privacy';
import { sampleProductEvent } from '@fineprint/stream-testing';
import { expect, it } from 'vitest';
import { createResolveIds } from './resolve-ids.ts';

const pseudonymOf = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;
const rows = [
  { kind: 'user', id: 'ada', pseudonym: pseudonymOf(1) },
  { kind: 'anonymous', id: 'device', pseudonym: pseudonymOf(2) },
];
const idsOf = ({ user_id, anonymous_id }: { user_id: string | null; anonymous_id: string | null }) => [
  user_id,
  anonymous_id,
];

it('puts ids in place of pseudonyms that are still known, each of its own kind', async () => {
  const asked: unknown[] = [];
  const database: Database = {
    query: (_text, [ids] = []) => {
      asked.push(ids);
      return Promise.resolve({
        rows: rows.filter((r) => (ids as string[]).includes(r.pseudonym)),
        rowCount: 0,
      });
    },
  };
  const resolve = createResolveIds(database);
  const events = [
    sampleProductEvent({ user_id: pseudonymOf(1), anonymous_id: pseudonymOf(2) }),
    sampleProductEvent({ user_id: pseudonymOf(2), anonymous_id: null }),
    sampleProductEvent({ user_id: pseudonymOf(9), anonymous_id: 'plain' }),
  ];
  expect((await resolve(events)).map(idsOf)).toEqual([
    ['ada', 'device'],
    [pseudonymOf(2), null],
    [pseudonymOf(9), 'plain'],
  ]);
  expect(asked).toHaveLength(1);
});

it('waits for Postgres', async () => {
  const resolve = createResolveIds({ query: () => Promise.reject(new Error('away')) });
  await expect(resolve([sampleProductEvent({ user_id: pseudonymOf(1) })])).rejects.toMatchObject({
    retriable: true,
  });
});
