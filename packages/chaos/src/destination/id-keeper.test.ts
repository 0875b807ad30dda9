import { expect, test } from 'vitest';
import { createIdKeeper } from './id-keeper.ts';

test('a repeat that the vendor recognises is held once, and counted', () => {
  const keeper = createIdKeeper();
  for (const id of ['a', 'b', 'a', 'a']) keeper.take(id, `event of ${id}`);
  expect(keeper.ids()).toEqual(['a', 'b']);
  expect([keeper.arrivals, keeper.repeats]).toEqual([4, 2]);
});

test('the same id with another key is held twice: the vendor would count it twice', () => {
  const keeper = createIdKeeper();
  keeper.take('a', 'at noon');
  keeper.take('a', 'at one');
  keeper.take('a', 'at one');
  expect(keeper.ids()).toEqual(['a', 'a']);
  expect([keeper.arrivals, keeper.repeats]).toEqual([3, 1]);
});
