import { EventEmitter } from 'node:events';
import type { Consumer } from 'kafkajs';
import { expect, test } from 'vitest';
import { rejoinStrays } from './rejoin-strays.ts';

const events = {
  GROUP_JOIN: 'group_join',
  REBALANCING: 'rebalancing',
  HEARTBEAT: 'heartbeat',
  FETCH: 'fetch',
} as const;

/** A kafkajs consumer of which only its events are played. */
function played(rejoin: () => Promise<void>) {
  const emitter = new EventEmitter();
  const errors: unknown[] = [];
  const consumer = { events, on: emitter.on.bind(emitter) } as unknown as Pick<Consumer, 'on' | 'events'>;
  rejoinStrays(consumer, {
    sessionTimeoutMs: 0,
    patienceMs: 0,
    rejoin,
    onError: (error) => errors.push(error),
  });
  return { errors, play: (name: keyof typeof events) => emitter.emit(events[name]) };
}

test('a client that fetches between two memberships joins anew, once at a time', async () => {
  let rejoined = 0;
  const ends: (() => void)[] = [];
  const { play } = played(() => {
    rejoined += 1;
    return new Promise((resolve) => ends.push(resolve));
  });
  play('GROUP_JOIN');
  play('REBALANCING');
  play('FETCH');
  play('FETCH');
  expect(rejoined).toBe(1);
  ends[0]?.();
  await new Promise(setImmediate);
  play('FETCH');
  expect(rejoined, 'it did not help: again').toBe(2);
});

test('a rejoin that fails is told', async () => {
  const { play, errors } = played(() => Promise.reject(new Error('no')));
  play('REBALANCING');
  play('FETCH');
  await new Promise(setImmediate);
  expect(errors).toEqual([new Error('no')]);
});
