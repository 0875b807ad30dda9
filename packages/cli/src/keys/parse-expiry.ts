import { CliError } from '../errors.ts';

const UNITS_MS = { h: 3_600_000, d: 86_400_000 } as const;

/** A key's end: a time, or so long from now. Throws where it is neither, or past. */
export function parseExpiry(text: string, nowMs: number): Date {
  const [, count, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const time =
    unit === 'h' || unit === 'd'
      ? new Date(nowMs + Number(count) * UNITS_MS[unit])
      : new Date(/^\d{4}-/.test(text) ? text : Number.NaN);
  if (time.getTime() > nowMs) return time;
  throw new CliError(
    'USAGE',
    `${text} is no time in the future.`,
    'As in: --expires 90d, --expires 2027-01-31',
  );
}
