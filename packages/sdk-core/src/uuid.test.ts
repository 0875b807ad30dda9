import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuidV7 } from './uuid.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('is a UUIDv7 for any time and any randomness', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1, max: 2 ** 48 - 1, noNaN: true }),
      fc.uint8Array({ minLength: 10, maxLength: 10 }),
      (nowMs, random) => {
        expect(uuidV7(nowMs, () => random)).toMatch(V7);
      },
    ),
  );
});

it('holds the time, and sorts by it', () => {
  const zeros = () => new Uint8Array(10);
  expect(uuidV7(0x0188_1234_5678, zeros)).toBe('01881234-5678-7000-8000-000000000000');
  expect(uuidV7(1_700_000_000_000, zeros) < uuidV7(1_700_000_000_001, zeros)).toBe(true);
});
