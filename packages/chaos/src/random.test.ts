import { expect, test } from 'vitest';
import { createRandom } from './random.ts';

const draw = (seed: number) => {
  const random = createRandom(seed);
  return [random.uuid(), random.below(1_000), random.shuffled([1, 2, 3, 4, 5])];
};

test('the same seed gives the same, another seed something else', () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('a fork follows from seed and label alone', () => {
  const asked = createRandom(7);
  asked.next();
  expect(asked.fork('load').uuid()).toBe(createRandom(7).fork('load').uuid());
  expect(asked.fork('load').uuid()).not.toBe(asked.fork('labs').uuid());
});

test('uuids are valid and differ', () => {
  const random = createRandom(1);
  const ids = Array.from({ length: 2_000 }, () => random.uuid());
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
