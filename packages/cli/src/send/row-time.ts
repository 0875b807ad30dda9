const PATTERN = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A time as CSV files write it → ISO 8601 in UTC, milliseconds. Digits beyond milliseconds are cut, not rounded, so a time
 * never moves forward. Without a zone it is UTC. Undefined for what is no time.
 */
export function rowTime(text: string): string | undefined {
  const [, date, time, fraction, zone] = PATTERN.exec(text.trim()) ?? [];
  if (date === undefined || time === undefined) return undefined;
  const ms = (fraction ?? '').padEnd(3, '0').slice(0, 3);
  const withSeconds = time.length === 5 ? `${time}:00` : time;
  const at = new Date(`${date}T${withSeconds}.${ms}${isoZone(zone)}`);
  if (Number.isNaN(at.getTime()) || !exists(date)) return undefined;
  return at.toISOString();
}

const isoZone = (zone: string | undefined): string =>
  zone === undefined || zone === 'Z'
    ? 'Z'
    : zone.includes(':')
      ? zone
      : `${zone.slice(0, 3)}:${zone.slice(3)}`;

/** Date reads February 30 as March 1 or 2. */
function exists(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}
