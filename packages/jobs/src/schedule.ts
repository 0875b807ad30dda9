/** When a job is due, in UTC. Made by the functions below, which refuse what cannot be. */
export type Schedule =
  | { readonly type: 'every'; readonly minutes: number }
  | { readonly type: 'daily'; readonly minuteOfDay: number }
  | { readonly type: 'weekly'; readonly weekday: number; readonly minuteOfDay: number }
  | { readonly type: 'monthly'; readonly day: number; readonly minuteOfDay: number };

export const weekdays = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
export type Weekday = (typeof weekdays)[number];
/** `HH:MM`, UTC. */
export type TimeOfDay = `${number}:${number}`;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Epoch day 0 was a Thursday. */
const FIRST_SUNDAY_MS = 3 * DAY_MS;
const HOUR_MINUTES = 60;
const DAY_HOURS = 24;

/** Every so many minutes, counted from the full hour, or from midnight: they divide one or the other. */
export function every(minutes: number): Schedule {
  const dividesHour = Number.isInteger(minutes) && minutes > 0 && HOUR_MINUTES % minutes === 0;
  const dividesDay =
    Number.isInteger(minutes) && minutes % HOUR_MINUTES === 0 && DAY_HOURS % (minutes / HOUR_MINUTES) === 0;
  if (!dividesHour && !(dividesDay && minutes > 0 && minutes < DAY_HOURS * HOUR_MINUTES))
    throw new RangeError(`${minutes} minutes divide neither an hour nor, as whole hours, a day`);
  return { type: 'every', minutes };
}

export const dailyAt = (time: TimeOfDay): Schedule => ({ type: 'daily', minuteOfDay: minuteOfDay(time) });

export const weeklyAt = (weekday: Weekday, time: TimeOfDay): Schedule => ({
  type: 'weekly',
  weekday: weekdays.indexOf(weekday),
  minuteOfDay: minuteOfDay(time),
});

/** On a day that every month has. */
export function monthlyAt(day: number, time: TimeOfDay): Schedule {
  if (!Number.isInteger(day) || day < 1 || day > 28) throw new RangeError(`not every month has a day ${day}`);
  return { type: 'monthly', day, minuteOfDay: minuteOfDay(time) };
}

function minuteOfDay(time: TimeOfDay): number {
  const [, hour = '', minute = ''] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hour === '') throw new RangeError(`${time} is no time of day, HH:MM`);
  return Number(hour) * HOUR_MINUTES + Number(minute);
}

/** The last slot that began by then. */
export function slotAtOrBefore(schedule: Schedule, ms: number): number {
  switch (schedule.type) {
    case 'every':
      return floorTo(ms, schedule.minutes * MINUTE_MS, 0);
    case 'daily':
      return floorTo(ms, DAY_MS, schedule.minuteOfDay * MINUTE_MS);
    case 'weekly':
      return floorTo(
        ms,
        WEEK_MS,
        FIRST_SUNDAY_MS + schedule.weekday * DAY_MS + schedule.minuteOfDay * MINUTE_MS,
      );
    case 'monthly': {
      const slot = slotOfMonth(schedule, ms, 0);
      return slot <= ms ? slot : slotOfMonth(schedule, ms, -1);
    }
  }
}

/** The first slot after then. */
export function slotAfter(schedule: Schedule, ms: number): number {
  const last = slotAtOrBefore(schedule, ms);
  switch (schedule.type) {
    case 'every':
      return last + schedule.minutes * MINUTE_MS;
    case 'daily':
      return last + DAY_MS;
    case 'weekly':
      return last + WEEK_MS;
    case 'monthly':
      return slotOfMonth(schedule, last, 1);
  }
}

const floorTo = (ms: number, periodMs: number, originMs: number): number =>
  Math.floor((ms - originMs) / periodMs) * periodMs + originMs;

function slotOfMonth(
  { day, minuteOfDay: minutes }: { readonly day: number; readonly minuteOfDay: number },
  ms: number,
  months: number,
): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, day, 0, minutes);
}

/** As a cron pattern, for UTC. */
export function cronOf(schedule: Schedule): string {
  if (schedule.type === 'every') {
    const { minutes } = schedule;
    if (minutes < HOUR_MINUTES) return `*/${minutes} * * * *`;
    return minutes === HOUR_MINUTES ? '0 * * * *' : `0 */${minutes / HOUR_MINUTES} * * *`;
  }
  const time = `${schedule.minuteOfDay % HOUR_MINUTES} ${Math.floor(schedule.minuteOfDay / HOUR_MINUTES)}`;
  if (schedule.type === 'daily') return `${time} * * *`;
  return schedule.type === 'weekly' ? `${time} * * ${schedule.weekday}` : `${time} ${schedule.day} * *`;
}

/** For people. */
export function describeSchedule(schedule: Schedule): string {
  if (schedule.type === 'every') {
    const { minutes } = schedule;
    if (minutes < HOUR_MINUTES) return minutes === 1 ? 'every minute' : `every ${minutes} minutes`;
    return minutes === HOUR_MINUTES ? 'every hour' : `every ${minutes / HOUR_MINUTES} hours`;
  }
  const two = (n: number) => String(n).padStart(2, '0');
  const { minuteOfDay: minutes } = schedule;
  const time = `at ${two(Math.floor(minutes / HOUR_MINUTES))}:${two(minutes % HOUR_MINUTES)} UTC`;
  if (schedule.type === 'daily') return `daily ${time}`;
  if (schedule.type === 'weekly') return `${weekdays[schedule.weekday]}s ${time}`;
  return `on day ${schedule.day} of a month ${time}`;
}
