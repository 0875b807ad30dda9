import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createIds } from './uuid.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('are UUIDv7s, and sort as they were made, for any clock and any randomness', () => {
  const clock = fc.array(fc.integer({ min: 1, max: 2 ** 47 }), { minLength: 2, maxLength: 50 });
  fc.assert(
    fc.property(clock, fc.uint8Array({ minLength: 8, maxLength: 8 }), (times, random) => {
      const newId = createIds(
        () => times[0] ?? 0,
        () => random,
      );
      const ids = times.splice(0).map((time) => {
        times[0] = time;
        return newId();
      });
      for (const id of ids) expect(id).toMatch(V7);
      expect([...new Set(ids)].sort()).toEqual(ids);
    }),
  );
});

it('hold the time, and more of them than a millisecond has', () => {
  const newId = createIds(
    () => 0x0188_1234_5678,
    () => new Uint8Array(8),
  );
  const ids = Array.from({ length: 5_000 }, newId);
  expect(ids[0]).toBe('01881234-5678-7000-8000-000000000000');
  expect(ids[4_095]).toBe('01881234-5678-7fff-8000-000000000000');
  expect(ids[4_096]).toBe('01881234-5679-7000-8000-000000000000');
  expect([...ids].sort()).toEqual(ids);
});
