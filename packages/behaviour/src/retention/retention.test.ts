import { describe, expect, it } from 'vitest';
import { day, sampleEvent } from '../testing/events.ts';
import { lifetimeValue } from './lifetime-value.ts';
import { type RetentionMode, retention } from './retention.ts';

const signup = (subject: string, n: number) => sampleEvent({ subject, timeMs: day(n), name: 'signup' });
const visit = (subject: string, n: number, hours?: number) =>
  sampleEvent({ subject, timeMs: day(n, hours), name: 'visit' });
const isSignup = (event: { name: string }) => event.name === 'signup';
const isVisit = (event: { name: string }) => event.name === 'visit';

// Ann comes back on days 1 and 3, Bob on day 3, Cyd never; Dan joins a day later, and his visits before that do not count.
const events = [
  ...['ann', 'bob', 'cyd'].map((name) => signup(name, 1)),
  signup('dan', 2),
  visit('dan', 1),
  visit('dan', 2, 8),
  visit('ann', 2),
  visit('ann', 2, 13),
  visit('ann', 4),
  visit('bob', 4),
  visit('dan', 3),
];

function users(mode: RetentionMode, asOfMs = day(30)) {
  const query = { acquired: isSignup, returned: isVisit, period: 'day' as const, mode, asOfMs };
  return retention(events, query).map(({ cohort, size, cells }) => ({
    cohort,
    size,
    users: cells.map((cell) => cell?.users ?? null),
  }));
}

describe('retention', () => {
  it('by exact day', () => {
    expect(users({ type: 'n_day', periods: 3 })).toEqual([
      { cohort: '2024-01-01', size: 3, users: [0, 1, 0, 2] },
      { cohort: '2024-01-02', size: 1, users: [0, 1, 0, 0] },
    ]);
  });

  it('on that day or after', () => {
    expect(users({ type: 'unbounded', periods: 4 })).toEqual([
      { cohort: '2024-01-01', size: 3, users: [2, 2, 2, 2, 0] },
      { cohort: '2024-01-02', size: 1, users: [1, 1, 0, 0, 0] },
    ]);
  });

  it('by brackets', () => {
    const brackets = [
      { from: 0, to: 0 },
      { from: 1, to: 2 },
      { from: 3, to: 7 },
    ];
    expect(users({ type: 'bracket', brackets })).toEqual([
      { cohort: '2024-01-01', size: 3, users: [0, 1, 2] },
      { cohort: '2024-01-02', size: 1, users: [0, 1, 0] },
    ]);
  });

  it('tells what has not begun from what is not over', () => {
    const query = { acquired: isSignup, returned: isVisit, period: 'day' as const, asOfMs: day(3) };
    const [first] = retention(events, { ...query, mode: { type: 'n_day', periods: 3 } });
    expect(first?.cells).toEqual([
      { users: 0, complete: true },
      { users: 1, complete: true },
      { users: 0, complete: false },
      null,
    ]);
  });
});

describe('lifetime value', () => {
  const paid = (
    subject: string,
    n: number,
    value: number | null,
    currency: string | null,
    eventId?: string,
  ) =>
    sampleEvent({
      subject,
      timeMs: day(n),
      kind: 'conversion',
      name: 'paid',
      fields: { conversion_value: value, currency },
      ...(eventId !== undefined && { eventId }),
    });

  it('sums by period since acquisition, keeps currencies apart and repeats out', () => {
    const sales = [
      paid('ann', 1, 0.1, 'EUR'),
      paid('ann', 2, 0.2, 'EUR', 'sale'),
      paid('ann', 2, 0.2, 'EUR', 'sale'),
      paid('bob', 3, 10, 'USD'),
      paid('bob', 3, -4, 'USD'),
      paid('cyd', 9, 99, 'USD'),
      paid('dan', 1, 7, 'EUR'),
      paid('dan', 3, null, 'EUR'),
      paid('eve', 3, 50, 'EUR'),
    ];
    const query = { acquired: isSignup, period: 'day' as const, periods: 2 };
    const expected = [
      {
        cohort: '2024-01-01',
        size: 3,
        currency: 'EUR',
        byPeriod: [0.1, 0.2, 0],
        cumulative: [0.1, 0.3, 0.3],
      },
      { cohort: '2024-01-01', size: 3, currency: 'USD', byPeriod: [0, 0, 6], cumulative: [0, 0, 6] },
    ];
    expect(lifetimeValue([...events, ...sales], query)).toEqual(expected);
    expect(lifetimeValue([...sales, ...events].reverse(), query)).toEqual(expected);
  });
});
