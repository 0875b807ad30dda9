/** A time as given: epoch milliseconds, and whether it came in another unit. */
export interface GivenTime {
  readonly ms: number;
  readonly converted: boolean;
}

/** ISO 8601 with a date, optionally a time, a fraction and a zone. Without a zone it is UTC. */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Reads a time as producers give it; null where it cannot be read. */
export function readTime(value: string | number): GivenTime | null {
  return typeof value === 'number' ? readEpoch(value) : readIso(value);
}

/**
 * A number's unit is told by its size: below 1e11 seconds (until the year 5138), below 1e14 milliseconds, below 1e17
 * microseconds, below 1e20 nanoseconds. As milliseconds, only 1970 to 1973 would be misread.
 */
function readEpoch(value: number): GivenTime | null {
  const size = Math.abs(value);
  if (size >= 1e20) return null;
  if (size < 1e11) return { ms: Math.trunc(value * 1_000), converted: value !== 0 };
  if (size < 1e14) return { ms: Math.trunc(value), converted: false };
  return { ms: Math.trunc(size < 1e17 ? value / 1e3 : value / 1e6), converted: true };
}

function readIso(value: string): GivenTime | null {
  const parts = ISO.exec(value);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((p) => Number(p ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // 60 is a leap second; it counts as the next minute's first, as in POSIX.
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCDate() !== day) return null;
  const zoneMinutes = readZone(parts[8]);
  if (zoneMinutes === null) return null;
  const fractionMs = Math.trunc(Number(`0.${parts[7] ?? 0}`) * 1_000 + 1e-6);
  const ms = midnight.getTime() + ((hour * 60 + minute - zoneMinutes) * 60 + second) * 1_000 + fractionMs;
  return { ms, converted: false };
}

function readZone(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
