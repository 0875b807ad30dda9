import type { Random } from '../random.ts';
import { plantedSentences } from './planted.ts';
import type { EventKind, SentEvent } from './sent-event.ts';

/** An event with what only its sender needs to know. */
export interface PlannedEvent extends SentEvent {
  readonly user: string;
  /** Free text in its properties, personal data in some. */
  readonly note: string;
  /** feedback: the request it is about. */
  readonly requestId: string;
}

export interface EventSource {
  next(nowMs: number): PlannedEvent;
}

/** Shares of the kinds, out of 100. */
export type KindShares = Readonly<Partial<Record<EventKind, number>>>;

export const FUNNEL_EVENTS = ['chaos_viewed', 'chaos_tried', 'chaos_bought'] as const;
const OTHER_EVENTS = ['chaos_opened', 'chaos_searched', 'chaos_closed'] as const;
const MODELS = ['clause-finder', 'summary-writer', 'risk-rater'] as const;
const ACTIVE_SUBJECTS = 20;
const EVENTS_OF_A_SUBJECT = 60;
const PLANTED_SHARE = 0.05;
const FAILED_REQUESTS = 0.04;

interface Subject {
  readonly name: string;
  sent: number;
  lastMs: number;
}

/**
 * One producer's events. Subjects come and go, so that there is always somebody new in the funnel. Times of one subject never
 * repeat, so that order by time and order of sending are the same.
 */
export function createEventSource(producer: string, random: Random, shares: KindShares): EventSource {
  let subjects = 0;
  const fresh = (): Subject => ({ name: `${producer}-${subjects++}`, sent: 0, lastMs: 0 });
  const active = Array.from({ length: ACTIVE_SUBJECTS }, fresh);
  const kinds = Object.entries(shares).flatMap(([kind, share]) =>
    Array<EventKind>(share).fill(kind as EventKind),
  );
  let lastRequest = random.uuid();
  return {
    next(nowMs) {
      const at = random.below(ACTIVE_SUBJECTS);
      let subject = active[at] ?? fresh();
      if (subject.sent >= EVENTS_OF_A_SUBJECT) active[at] = subject = fresh();
      subject.sent += 1;
      subject.lastMs = Math.max(nowMs, subject.lastMs + 1);
      const kind = random.pick(kinds);
      const id = random.uuid();
      const requestId = lastRequest;
      if (kind === 'ai') lastRequest = id;
      return {
        id,
        kind,
        order: { subject: subject.name, sequence: subject.sent },
        timeMs: subject.lastMs,
        user: `user-${subject.name}`,
        note: random.chance(PLANTED_SHARE) ? random.pick(plantedSentences) : 'nothing of note',
        requestId,
        ...(kind === 'product' ? { name: random.pick([...FUNNEL_EVENTS, ...OTHER_EVENTS]) } : {}),
        ...(kind === 'ai' ? { ai: aiFigures(random) } : {}),
      };
    },
  };
}

function aiFigures(random: Random) {
  return {
    model: random.pick(MODELS),
    version: String(1 + random.below(2)),
    inputTokens: 10 + random.below(3_000),
    outputTokens: random.below(900),
    success: !random.chance(FAILED_REQUESTS),
  };
}
