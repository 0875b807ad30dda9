import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  cronOf,
  dailyAt,
  describeSchedule,
  every,
  monthlyAt,
  type Schedule,
  slotAfter,
  slotAtOrBefore,
  weekdays,
  weeklyAt,
} from './schedule.ts';

const MINUTE_MS = 60_000;

const minutes = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720];
const time = fc
  .nat(24 * 60 - 1)
  .map((n) => new Date(n * MINUTE_MS).toISOString().slice(11, 16) as `${number}:${number}`);
const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  fc.constantFrom(...minutes).map(every),
  time.map(dailyAt),
  fc.tuple(fc.constantFrom(...weekdays), time).map(([day, at]) => weeklyAt(day, at)),
  fc.tuple(fc.integer({ min: 1, max: 28 }), time).map(([day, at]) => monthlyAt(day, at)),
);
const moments = fc.integer({ min: 0, max: Date.UTC(2100, 0) });

/** What cron says, minute by minute: another way to the same answer. */
function isDue(schedule: Schedule, ms: number): boolean {
  const date = new Date(ms);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cronOf(schedule).split(' ');
  const fits = (field: string, value: number) =>
    field === '*' ||
    (field.startsWith('*/') ? value % Number(field.slice(2)) === 0 : Number(field) === value);
  return (
    fits(minute, date.getUTCMinutes()) &&
    fits(hour, date.getUTCHours()) &&
    fits(day, date.getUTCDate()) &&
    fits(month, date.getUTCMonth() + 1) &&
    fits(weekday, date.getUTCDay())
  );
}

it('finds the slots that cron does', () => {
  fc.assert(
    fc.property(schedules, moments, (schedule, ms) => {
      const last = slotAtOrBefore(schedule, ms);
      const next = slotAfter(schedule, ms);
      expect(last).toBeLessThanOrEqual(ms);
      expect(next).toBeGreaterThan(ms);
      expect([isDue(schedule, last), isDue(schedule, next)]).toEqual([true, true]);
      const between = Math.min(3_000, (next - last) / MINUTE_MS);
      for (let i = 1; i < between; i++) expect(isDue(schedule, last + i * MINUTE_MS)).toBe(false);
    }),
    { numRuns: 50 },
  );
});

it('goes forward and back over the same slots', () => {
  fc.assert(
    fc.property(schedules, moments, (schedule, ms) => {
      const next = slotAfter(schedule, ms);
      expect(slotAtOrBefore(schedule, next)).toBe(next);
      expect(slotAtOrBefore(schedule, next - 1)).toBe(slotAtOrBefore(schedule, ms));
      expect(slotAfter(schedule, slotAtOrBefore(schedule, ms))).toBe(next);
    }),
  );
});

it.each([
  [every(15), '*/15 * * * *', 'every 15 minutes'],
  [every(60), '0 * * * *', 'every hour'],
  [every(360), '0 */6 * * *', 'every 6 hours'],
  [dailyAt('02:00'), '0 2 * * *', 'daily at 02:00 UTC'],
  [weeklyAt('Monday', '09:00'), '0 9 * * 1', 'Mondays at 09:00 UTC'],
  [monthlyAt(1, '09:30'), '30 9 1 * *', 'on day 1 of a month at 09:30 UTC'],
])('%o is %s', (schedule, cron, text) => {
  expect([cronOf(schedule), describeSchedule(schedule)]).toEqual([cron, text]);
});

it.each([0, -15, 7, 1.5, 90, 1_440, 300, Number.NaN])('refuses every %d minutes', (n) => {
  expect(() => every(n)).toThrow(RangeError);
});

it('refuses times and days that are none', () => {
  for (const at of ['24:00', '9:00', '09:60'] as const) expect(() => dailyAt(at)).toThrow(RangeError);
  for (const day of [0, 29, 1.5]) expect(() => monthlyAt(day, '09:00')).toThrow(RangeError);
});
