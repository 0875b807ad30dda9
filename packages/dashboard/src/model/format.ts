const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 6 });

/** What stands where there is no figure. */
export const NONE = '–';

type Maybe = number | null | undefined;

/** `9,876`, `12.3K`. */
export function count(n: Maybe): string {
  if (n === null || n === undefined) return NONE;
  return Math.abs(n) < 10_000 ? plain.format(n) : compact.format(n);
}

/** All digits, for tables and titles. */
export const whole = (n: Maybe): string => (n === null || n === undefined ? NONE : exact.format(n));

/** Per second: `0`, `0.4/s`, `12.3/s`, `1.2K/s`. */
export function rate(n: Maybe): string {
  if (n === null || n === undefined) return NONE;
  if (n === 0) return '0/s';
  if (n < 0.05) return '<0.1/s';
  return `${n < 100 ? n.toFixed(1) : count(n)}/s`;
}

export function percent(share: Maybe, digits = 1): string {
  return share === null || share === undefined ? NONE : `${(share * 100).toFixed(digits)} %`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `230 ms`, `2.3 s`, `4 min`, `1.5 h`, `3 d`. */
export function duration(ms: Maybe): string {
  if (ms === null || ms === undefined) return NONE;
  const unit = UNITS.find(([, size]) => Math.abs(ms) >= size);
  if (unit === undefined) return `${ms < 10 && ms !== 0 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const [name, size] = unit;
  const n = ms / size;
  return `${n < 10 ? Number(n.toFixed(1)) : Math.round(n)} ${name}`;
}

const moneys = new Map<string, Intl.NumberFormat>();

/** Amounts below a hundredth keep their digits: requests to models cost that little. */
export function money(amount: Maybe, currency: string): string {
  if (amount === null || amount === undefined) return NONE;
  const size = Math.abs(amount);
  const digits = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 3 : 6;
  const key = `${currency} ${digits} ${size >= 100_000}`;
  let format = moneys.get(key);
  if (format === undefined) {
    const isBig = size >= 100_000;
    format = new Intl.NumberFormat('en', {
      style: 'currency',
      currency,
      ...(isBig
        ? { notation: 'compact', maximumFractionDigits: 1 }
        : { maximumFractionDigits: digits, minimumFractionDigits: 2 }),
    });
    moneys.set(key, format);
  }
  return format.format(amount);
}

const shorts = new Map<string, Intl.NumberFormat>();

/** For axes: `€15K`, `$0.02`. */
export function shortMoney(amount: Maybe, currency: string): string {
  if (amount === null || amount === undefined) return NONE;
  let format = shorts.get(currency);
  if (format === undefined) {
    format = new Intl.NumberFormat('en', {
      style: 'currency',
      currency,
      notation: 'compact',
      maximumSignificantDigits: 3,
    });
    shorts.set(currency, format);
  }
  return format.format(amount);
}

const times = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = times.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options });
  times.set(key, made);
  return made;
}

/** `23 Nov 2026, 08:59:12` in a zone. */
export function time(iso: string | null | undefined, zone: string): string {
  if (!iso) return NONE;
  return formatOf(zone, {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(iso));
}

/** `08:59:12` in a zone. */
export const clock = (iso: string, zone: string): string =>
  formatOf(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(iso));

/** `23 Nov 2026`. */
export const day = (iso: string, zone: string): string =>
  formatOf(zone, { day: '2-digit', month: 'short', year: 'numeric' }).format(new Date(iso));

/** `4 min ago`, `in 2 h`. */
export function ago(iso: string | null | undefined, nowMs: number): string {
  if (!iso) return NONE;
  const ms = nowMs - Date.parse(iso);
  if (Math.abs(ms) < 1_500) return 'just now';
  return ms < 0 ? `in ${duration(-ms)}` : `${duration(ms)} ago`;
}

/** A decimal that came as text, for drawing only: sums are the server's. */
export const decimal = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Number(text) + 0; // no -0
