import { compareText, distinctInOrder } from '../distinct.ts';
import type { BehaviourEvent } from '../event.ts';

export const SESSION_GAP_MS = 30 * 60_000;

export interface Session {
  readonly subject: string;
  readonly startMs: number;
  readonly endMs: number;
  /** In order of time, then id. */
  readonly events: readonly BehaviourEvent[];
}

/** A session ends when its user does nothing for longer than the gap. Sorted by start, then subject. */
export function sessionsOf(events: Iterable<BehaviourEvent>, gapMs = SESSION_GAP_MS): Session[] {
  const open = new Map<string, BehaviourEvent[]>();
  const sessions: Session[] = [];
  const close = (subject: string, own: readonly BehaviourEvent[]): void => {
    sessions.push({ subject, startMs: own[0]?.timeMs ?? 0, endMs: own.at(-1)?.timeMs ?? 0, events: own });
  };
  for (const event of distinctInOrder(events)) {
    const own = open.get(event.subject);
    const lastMs = own?.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY;
    if (own !== undefined && event.timeMs - lastMs <= gapMs) {
      own.push(event);
      continue;
    }
    if (own !== undefined) close(event.subject, own);
    open.set(event.subject, [event]);
  }
  for (const [subject, own] of open) close(subject, own);
  return sessions.sort((a, b) => a.startMs - b.startMs || compareText(a.subject, b.subject));
}
