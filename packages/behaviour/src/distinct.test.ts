import { expect, it } from 'vitest';
import { distinctInOrder, quantile } from './distinct.ts';
import { sampleEvent } from './testing/events.ts';

it('keeps each event once, at its earlier time, in order', () => {
  const at = (eventId: string, timeMs: number) => sampleEvent({ eventId, timeMs });
  const sent = [at('c', 5), at('a', 9), at('b', 5), at('a', 2), at('a', 4)];
  const found = distinctInOrder(sent).map((event) => [event.eventId, event.timeMs]);
  expect(found).toEqual([
    ['a', 2],
    ['b', 5],
    ['c', 5],
  ]);
});

it('interpolates quantiles, and has none of nothing', () => {
  expect([0, 0.25, 0.5, 0.9, 1].map((q) => quantile([10, 20, 30, 40], q))).toEqual([10, 17.5, 25, 37, 40]);
  expect(quantile([], 0.5)).toBeNull();
});
