import type { Case, CaseState } from './cases.ts';

/** Which cases are meant; what is left out does not narrow. */
export interface LetterFilter {
  readonly stage?: string | undefined;
  readonly reason?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly event?: string | undefined;
  readonly topic?: string | undefined;
  /** A dead letter's id, or an event's. */
  readonly id?: string | undefined;
}

/** What is asked of a case's last letter; an id may be that of any of its letters. */
export function matches({ letter, ids }: Case, filter: LetterFilter): boolean {
  const is = <T>(wanted: T | undefined, actual: T | null) => wanted === undefined || wanted === actual;
  const id = filter.id?.toLowerCase();
  return (
    is(filter.stage, letter.stage) &&
    is(filter.reason, letter.code) &&
    is(filter.event, letter.eventName) &&
    is(filter.topic, letter.sourceTopic) &&
    letter.failedAtMs >= (filter.sinceMs ?? Number.NEGATIVE_INFINITY) &&
    letter.failedAtMs < (filter.untilMs ?? Number.POSITIVE_INFINITY) &&
    (id === undefined || ids.includes(id) || letter.eventId?.toLowerCase() === id)
  );
}

/** States of cases that wait for somebody. */
const WAITING: readonly CaseState[] = ['open', 'refused_again'];

export const isWaiting = (c: Case): boolean => WAITING.includes(c.state);

/** Newest first. */
export const byTime = (a: Case, b: Case): number =>
  b.letter.failedAtMs - a.letter.failedAtMs || b.letter.at.offset - a.letter.at.offset;
