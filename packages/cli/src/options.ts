import path from 'node:path';
import { InvalidArgumentError } from 'commander';

/** An option's whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** Whole numbers, by commas. */
export const wholeNumbers = (text: string): number[] => text.split(',').map(wholeNumber(1, 999));

/** An option's day or time, not before the year 1970. */
export function moment(text: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && time.getTime() >= 0) return time;
  throw new InvalidArgumentError('Expected a day (2025-06-01) or a time (2025-06-01T12:00:00Z).');
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** An option's moment, or how long ago it was: `90s`, `30m`, `1h`, `2d`. */
export function momentOrAgo(text: string): Date {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago === null) return moment(text);
  return new Date(Math.max(0, Date.now() - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS]));
}

export function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('Expected a URL with http:// or https://.');
}

type Env = Readonly<Record<string, string | undefined>>;

/** A path as the user meant it: `npm run` moves to the repository before it runs us, and keeps in INIT_CWD where it was called. */
export function userPath(file: string, env: Env = process.env): string {
  if (file === '-') return file;
  const calledFrom = env['npm_lifecycle_event'] === 'fineprint' ? env['INIT_CWD'] : undefined;
  return path.resolve(calledFrom ?? process.cwd(), file);
}
