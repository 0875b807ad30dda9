import { expect, it } from 'vitest';
import { ownerOf } from './owner.ts';

it('is the user of the earliest identify, at the same time the lesser, in any order', () => {
  const claims = [
    { userId: 'carol', timeMs: 7 },
    { userId: 'bob', timeMs: 5 },
    { userId: 'ann', timeMs: 5 },
  ];
  const ann = { userId: 'ann', timeMs: 5, person: 'u:ann' };
  expect(ownerOf(claims)).toEqual(ann);
  expect(ownerOf([...claims].reverse())).toEqual(ann);
  expect(ownerOf([])).toBeNull();
});
