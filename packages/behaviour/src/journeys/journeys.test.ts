import { describe, expect, it } from 'vitest';
import { disturb, sampleEvent } from '../testing/events.ts';
import { journeysOf } from './journeys.ts';
import { SESSION_GAP_MS, sessionsOf } from './sessions.ts';

const walk = (subject: string, names: string, startMs = 0) =>
  [...names].map((name, i) => sampleEvent({ subject, name, timeMs: startMs + i * 1_000 }));
const events = [
  ...walk('ann', 'aabbc'),
  ...walk('bob', 'abc'),
  ...walk('cyd', 'acac'),
  ...walk('dan', 'xay'),
];
const sessions = sessionsOf(events);

describe('sessions', () => {
  it('end after a gap, and not before it', () => {
    const times = [0, SESSION_GAP_MS, 2 * SESSION_GAP_MS + 1];
    const own = times.map((timeMs) => sampleEvent({ timeMs }));
    expect(
      sessionsOf(disturb(own, 1)).map(({ startMs, endMs, events: { length } }) => [startMs, endMs, length]),
    ).toEqual([
      [0, SESSION_GAP_MS, 2],
      [2 * SESSION_GAP_MS + 1, 2 * SESSION_GAP_MS + 1, 1],
    ]);
  });
});

describe('journeys', () => {
  const isA = (event: { name: string }) => event.name === 'a';
  const isC = (event: { name: string }) => event.name === 'c';

  it('follow an event, loops of one event collapsed', () => {
    const found = journeysOf(sessions, { direction: 'from', anchor: isA, maxSteps: 3, topK: 2 });
    expect(found).toEqual({
      sessions: 4,
      paths: [
        { steps: ['a', 'b', 'c'], sessions: 2 },
        { steps: ['a', 'c', 'a'], sessions: 1 },
      ],
      otherPaths: { paths: 1, sessions: 1 },
      links: [
        { position: 0, from: 'a', to: 'b', sessions: 2 },
        { position: 1, from: 'b', to: 'c', sessions: 2 },
      ],
      otherLinks: { links: 3, sessions: 3 },
    });
    expect(
      journeysOf(sessionsOf(disturb(events, 7)), { direction: 'from', anchor: isA, maxSteps: 3, topK: 2 }),
    ).toEqual(found);
  });

  it('lead to an event', () => {
    const found = journeysOf(sessions, { direction: 'to', anchor: isC, maxSteps: 2, topK: 9 });
    expect(found.paths).toEqual([
      { steps: ['b', 'c'], sessions: 2 },
      { steps: ['a', 'c'], sessions: 1 },
    ]);
    expect(found.links[0]).toEqual({ position: 0, from: 'b', to: 'c', sessions: 2 });
  });

  it('begin with the session where no event is asked for', () => {
    const found = journeysOf(sessions, { direction: 'from', maxSteps: 2, topK: 1 });
    expect(found.paths).toEqual([{ steps: ['a', 'b'], sessions: 2 }]);
    expect(found.otherPaths).toEqual({ paths: 2, sessions: 2 });
  });
});
