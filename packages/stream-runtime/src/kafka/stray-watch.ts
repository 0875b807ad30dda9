/** Notices a client that goes on fetching without a place in its group. */
export interface StrayWatch {
  joined(): void;
  /** The client has said that it is about to join anew. */
  leaving(): void;
  /** The coordinator has answered a heartbeat well. */
  heard(): void;
  /** The client has fetched; true when it has done so for too long without a place: then it has to be started again. */
  fetched(): boolean;
}

export const PATIENCE_MS = 5_000;

/**
 * When a group changes, kafkajs asks to join it again. Where the answer is an error that it does not expect, it gives up in
 * silence and goes on fetching: as the member that it was (the coordinator is still loading its groups), or, where the group
 * had forgotten it, as no member at all, with no heartbeats and with commits that fail (the coordinator is not there yet).
 * Both happen after a broker was away, and both last for ever.
 *
 * While it joins it does not fetch, and a member's heartbeats come between its fetches. So one that fetches again and again
 * between two memberships, or without being heard of within its session, has strayed.
 */
export function watchForStrays(
  { sessionTimeoutMs, patienceMs }: { readonly sessionTimeoutMs: number; readonly patienceMs: number },
  monotonicMs: () => number,
): StrayWatch {
  let between = false;
  let heardAtMs = monotonicMs();
  let doubtedAtMs: number | null = null;
  return {
    joined() {
      between = false;
      heardAtMs = monotonicMs();
      doubtedAtMs = null;
    },
    leaving() {
      between = true;
    },
    heard() {
      heardAtMs = monotonicMs();
      if (!between) doubtedAtMs = null;
    },
    fetched() {
      const nowMs = monotonicMs();
      if (!between && nowMs - heardAtMs < sessionTimeoutMs) return false;
      doubtedAtMs ??= nowMs;
      if (nowMs - doubtedAtMs < patienceMs) return false;
      doubtedAtMs = null;
      return true;
    },
  };
}
