import { expect, test } from 'vitest';
import { type Journey, type Lane, latenciesOf, noteShown, noteUpTo } from './journeys.ts';

const journey = (offset: number, postedMs: number): Journey => ({
  kind: 'ai',
  partition: 0,
  offset,
  postedMs,
  receivedMs: postedMs + 2,
  cleanMs: postedMs + 10,
  storedMs: null,
  countedMs: null,
  shownMs: null,
});

test('an event is stored, counted and shown when its partition has come so far', () => {
  const lane: Lane = { stored: 0, counted: 0, shown: 0, journeys: [journey(4, 1_000), journey(5, 1_100)] };
  noteUpTo(lane, 'stored', 4, 1_300);
  noteUpTo(lane, 'counted', 5, 1_250);
  noteShown(lane, 1_299, 1_310); // asked before it was stored
  expect(lane.journeys.map((j) => [j.storedMs, j.countedMs, j.shownMs])).toEqual([
    [1_300, 1_250, null],
    [null, 1_250, null],
  ]);
  noteUpTo(lane, 'stored', 9, 1_400);
  noteShown(lane, 1_500, 1_520);
  expect(lane.journeys.map((j) => [j.storedMs, j.shownMs])).toEqual([
    [1_300, 1_520],
    [1_400, 1_520],
  ]);
});

test('latencies count from the POST, hops from where the event was before', () => {
  const there = { ...journey(1, 1_000), storedMs: 1_310 };
  const { since_post, hops } = latenciesOf([there, journey(2, 1_000)]);
  expect(since_post['stored']).toMatchObject({ count: 1, p50: 310 });
  expect(since_post['shown']).toMatchObject({ count: 0 });
  expect(hops['raw to clean']).toMatchObject({ count: 2, p99: 8 });
  expect(hops['clean to stored']).toMatchObject({ p50: 300 });
});
