import { expect, it } from 'vitest';
import { createGuessLimit } from './guess-limit.ts';

it('lets a client fail so often in a window, and others regardless', () => {
  let now = 0;
  const limit = createGuessLimit({ maxFailures: 2, windowMs: 1_000, nowMs: () => now });
  expect(limit.waitMs('a')).toBe(0);
  limit.failed('a');
  now = 400;
  limit.failed('a');
  expect([limit.waitMs('a'), limit.waitMs('b')]).toEqual([600, 0]);
  now = 1_000;
  expect(limit.waitMs('a')).toBe(0);
  limit.failed('a');
  expect(limit.waitMs('a')).toBe(0);
});

it('remembers a bounded number of clients', () => {
  const limit = createGuessLimit({ maxFailures: 1, windowMs: 1_000, nowMs: () => 0 });
  limit.failed('first');
  for (let i = 0; i < 10_000; i++) limit.failed(`client-${i}`);
  expect([limit.waitMs('first'), limit.waitMs('client-9999')]).toEqual([0, 1_000]);
});
