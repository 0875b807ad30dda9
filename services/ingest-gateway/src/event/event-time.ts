import type { GivenTime } from '@fineprint/http-kit';

/** What the gateway made of the times an event came with. */
export interface ResolvedTime {
  readonly eventTimeMs: number;
  /** The client's own time, where event_time is another. */
  readonly clientEventTimeMs: number | null;
  readonly flags: readonly TimeFlag[];
}

export type TimeFlag = 'clock_corrected' | 'future_time' | 'ancient_time' | 'time_unit_converted';

export interface TimeBounds {
  /** Events later than this after their arrival get the time of arrival. */
  readonly maxFutureMs: number;
  /** Events older than this get the time of arrival. */
  readonly maxAgeMs: number;
}

/** A clock that differs by less is taken as right: so long may a request be on its way. */
const CLOCK_TOLERANCE_MS = 5_000;

/**
 * Corrects for a client's clock by when it says that it sent the request, then bounds the result. Outside the bounds the
 * time of arrival is kept, so that one wrong clock puts nothing in 1970 or 2099.
 */
export function resolveTime(
  given: GivenTime | null,
  sentAt: GivenTime | null,
  receivedMs: number,
  bounds: TimeBounds,
): ResolvedTime {
  if (given === null) return { eventTimeMs: receivedMs, clientEventTimeMs: null, flags: [] };
  const flags: TimeFlag[] = given.converted ? ['time_unit_converted'] : [];
  let eventTimeMs = given.ms;
  const skewMs = sentAt === null ? 0 : receivedMs - sentAt.ms;
  if (Math.abs(skewMs) > CLOCK_TOLERANCE_MS) {
    eventTimeMs += skewMs;
    flags.push('clock_corrected');
  }
  if (eventTimeMs > receivedMs + bounds.maxFutureMs) flags.push('future_time');
  else if (eventTimeMs < receivedMs - bounds.maxAgeMs) flags.push('ancient_time');
  if (flags.includes('future_time') || flags.includes('ancient_time')) eventTimeMs = receivedMs;
  return { eventTimeMs, clientEventTimeMs: eventTimeMs === given.ms ? null : given.ms, flags };
}
