import { expect, test } from 'vitest';
import { PATIENCE_MS, watchForStrays } from './stray-watch.ts';

const SESSION_MS = 10_000;

function watched() {
  let nowMs = 0;
  const watch = watchForStrays({ sessionTimeoutMs: SESSION_MS, patienceMs: PATIENCE_MS }, () => nowMs);
  watch.joined();
  /** Fetches once a second, with or without heartbeats; whether it was called a stray. */
  const fetching = (seconds: number, heard: boolean) => {
    let stray = false;
    for (let i = 0; i < seconds; i++) {
      nowMs += 1_000;
      if (heard) watch.heard();
      stray = watch.fetched() || stray;
    }
    return stray;
  };
  return { watch, fetching, wait: (ms: number) => (nowMs += ms) };
}

test('a member that is heard of is none, however long it fetches', () => {
  expect(watched().fetching(100, true)).toBe(false);
});

test('one that fetches on after it said that it would join is one, though its heartbeats are answered', () => {
  const { watch, fetching } = watched();
  watch.leaving();
  expect(fetching(4, true)).toBe(false);
  expect(fetching(4, true)).toBe(true);
});

test('one whose heartbeats have ceased is one after its session', () => {
  const { fetching } = watched();
  expect(fetching(9, false)).toBe(false);
  expect(fetching(10, false)).toBe(true);
});

test('a long join, a freeze and a long batch make none', () => {
  const { watch, fetching, wait } = watched();
  watch.leaving();
  wait(60_000);
  watch.joined();
  expect(fetching(9, false)).toBe(false);
  watch.heard();
  wait(60_000);
  expect(watch.fetched(), 'the first fetch on waking up').toBe(false);
  watch.heard();
  expect(fetching(9, false)).toBe(false);
});
