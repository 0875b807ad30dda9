const HOURS = { h: 1, d: 24 } as const;
const MAX_HOURS = 36_500 * 24;

/** `90d` or `720h` as hours; otherwise what is wrong with it. */
export function readLimit(text: string): number | string {
  const [, digits, unit] = /^(\d{1,7})([hd])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined)
    return `${text === '' ? 'nothing' : text} is no length of time: a whole number and h or d, as in 90d or 720h`;
  const hours = Number(digits) * HOURS[unit as keyof typeof HOURS];
  if (hours < 1 || hours > MAX_HOURS) return `${text} is not from 1h to 36500d`;
  return hours;
}

/** The shortest way to write it. */
export const limitText = (hours: number): string => (hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`);
