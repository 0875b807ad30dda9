/** The times of every record of the raw topics. */
interface TimeFields {
  readonly event_time: number;
  readonly client_event_time: number | null;
  readonly flags: readonly string[];
}

export interface TimeBounds {
  readonly maxFutureMs: number;
  readonly maxAgeMs: number;
}

/** What the stores' time types hold (ClickHouse's DateTime64: 1900 to 2299). */
export const STORABLE_FROM_MS = Date.UTC(1900, 0, 1);
export const STORABLE_TO_MS = Date.UTC(2299, 11, 31);

/**
 * A publisher's clock may be as wrong as a browser's. Outside the bounds the time of arrival counts, as at the gateway: one
 * wrong clock puts nothing in 2036. The very same reference where nothing had to change; told by the log alone, so a
 * repeat ends the same way.
 */
export function boundTime<R extends TimeFields>(record: R, receivedMs: number, bounds: TimeBounds): R {
  const { event_time: givenMs, client_event_time: clientMs, flags } = record;
  if (givenMs > receivedMs + bounds.maxFutureMs) return replaced(record, receivedMs, 'future_time');
  if (givenMs < receivedMs - bounds.maxAgeMs) return replaced(record, receivedMs, 'ancient_time');
  if (clientMs === null || (clientMs >= STORABLE_FROM_MS && clientMs <= STORABLE_TO_MS)) return record;
  return { ...record, client_event_time: null, flags: [...flags, 'client_time_dropped'] };
}

/** The event time that `boundTime` leaves. */
export function boundTimeMs(givenMs: number, receivedMs: number, bounds: TimeBounds): number {
  const isOutside = givenMs > receivedMs + bounds.maxFutureMs || givenMs < receivedMs - bounds.maxAgeMs;
  return isOutside ? receivedMs : givenMs;
}

const replaced = <R extends TimeFields>(record: R, receivedMs: number, flag: string): R => ({
  ...record,
  event_time: receivedMs,
  client_event_time: record.event_time,
  flags: [...record.flags, flag],
});
