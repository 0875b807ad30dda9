import { expect, it } from 'vitest';
import { createAccount } from './account.ts';
import { hashId } from './id-sum.ts';

it('hashes as ClickHouse does, whatever the case', () => {
  // SELECT murmurHash3_32(x), xxHash32(x)
  expect(hashId('01890a5d-ac96-774b-bcce-b302099a8057')).toEqual({
    murmur3: 643_108_270,
    xxh32: 1_096_063_507,
  });
  expect(hashId('01890A5D-AC96-774B-BCCE-B302099A8057')).toEqual(
    hashId('01890a5d-ac96-774b-bcce-b302099a8057'),
  );
  expect(hashId('short')).toBeNull();
});

it('tells a repeat, and equal counts of different events, by their sums', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((x) => hashId(`01890a5d-ac96-774b-bcce-b302099a805${x}`));
  const sumOf = (ids: readonly (typeof a)[]) => {
    const account = createAccount();
    for (const id of ids) account.take(id ?? null);
    return { ...account.taken };
  };
  expect(sumOf([a, b])).toEqual(sumOf([b, a]));
  expect(sumOf([a, b])).not.toEqual(sumOf([a, c]));
  expect(sumOf([a, a])).not.toEqual(sumOf([b, b]));
});

it('sums hashes as unsigned numbers, as ClickHouse does', () => {
  const account = createAccount();
  account.take({ murmur3: -1, xxh32: 0x80000000 | 0 });
  account.take({ murmur3: 1, xxh32: -1 });
  expect(account.taken).toEqual({ records: 2, idsMurmur3: 2 ** 32, idsXxh32: 2 ** 31 + 2 ** 32 - 1 });
});
