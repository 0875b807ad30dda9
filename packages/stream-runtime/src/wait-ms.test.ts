import { expect, it } from 'vitest';
import { waitMs } from './wait-ms.ts';

it('waits until it is due, and does not wait out a clock that was set back', () => {
  expect(waitMs(1_500, 1_000, 1_000)).toBe(500);
  expect(waitMs(1_500, 2_000, 1_000)).toBe(0);
  const anHourMs = 3_600_000;
  expect(waitMs(anHourMs + 1_000, 500, 1_000)).toBe(0);
});
