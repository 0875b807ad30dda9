import { expect, it } from 'vitest';
import { createKeyUses } from './key-uses.ts';

const setUp = (save: (ids: readonly string[]) => Promise<unknown>) => {
  const errors: unknown[] = [];
  return { errors, uses: createKeyUses({ save, everyMs: 3_600_000, onError: (e) => errors.push(e) }) };
};

it('tells of each key once, however often it was used', async () => {
  const saved: (readonly string[])[] = [];
  const { uses } = setUp(async (ids) => saved.push(ids));
  for (let i = 0; i < 1_000; i++) uses.note(`key-${i % 2}`);
  await uses.close();
  expect(saved).toEqual([['key-0', 'key-1']]);
});

it('keeps what could not be saved for the next time', async () => {
  let isAway = true;
  const saved: (readonly string[])[] = [];
  const { uses, errors } = setUp(async (ids) => {
    if (isAway) throw new Error('away');
    saved.push(ids);
  });
  uses.note('a');
  await uses.close();
  isAway = false;
  uses.note('b');
  await uses.close();
  expect(errors).toHaveLength(1);
  expect(saved).toEqual([['a', 'b']]);
});
