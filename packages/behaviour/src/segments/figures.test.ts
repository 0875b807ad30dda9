import { expect, it } from 'vitest';
import { sampleEvent } from '../testing/events.ts';
import { DAY_MS } from '../time.ts';
import type { UserFacts } from './evaluate.ts';
import { segmentFigures } from './figures.ts';

const nowMs = 100 * DAY_MS;
const user = (daysAgo: number, kind: 'track' | 'conversion', amount: number): UserFacts => ({
  events: [sampleEvent({ timeMs: nowMs - daysAgo * DAY_MS, kind })],
  traits: {},
  funnelLevels: new Map(),
  cohorts: new Set(),
  lifetimeValues: new Map([['EUR', amount]]),
});

it('counts members, their value, who converted and who is gone', () => {
  const members = [
    user(30, 'conversion', 30),
    user(31, 'track', 0),
    user(1, 'track', 0),
    user(90, 'track', 10),
  ];
  const figures = { userCount: 4, avgLifetimeValue: 10, conversionRate: 0.25, churnRate: 0.5 };
  expect(segmentFigures(members, 'EUR', nowMs)).toEqual(figures);
  expect(segmentFigures(members, 'USD', nowMs)).toEqual({ ...figures, avgLifetimeValue: 0 });
  expect(segmentFigures([], 'EUR', nowMs)).toEqual({
    userCount: 0,
    avgLifetimeValue: null,
    conversionRate: null,
    churnRate: null,
  });
});
