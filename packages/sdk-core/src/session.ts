/** A visit. */
export interface Session {
  readonly id: string;
  /** Of the last event in it. */
  readonly lastMs: number;
}

const SESSION_GAP_MS = 30 * 60_000;

/** The session of an event now: the last one, unless half an hour has passed (or the clock was set back by so much). */
export function currentSession(last: Session | undefined, nowMs: number, newId: () => string): Session {
  const isOpen = last !== undefined && Math.abs(nowMs - last.lastMs) < SESSION_GAP_MS;
  return { id: isOpen ? last.id : newId(), lastMs: nowMs };
}
