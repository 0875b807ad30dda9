import type { ConsentRecord } from './consent-record.ts';
import type { Jurisdiction } from './jurisdiction.ts';
import { type Standings, sameStandings } from './standings.ts';
import { NOTHING_SAID, verdict } from './verdict.ts';

/** What one user or device said, ready to be judged by: between two of its moments nothing changes. */
export interface Subject {
  /** Must not change; a new word makes a new subject. */
  readonly records: readonly ConsentRecord[];
  /** When the last of its records was received. */
  readonly receivedMs: number;
  /** When something may change: from when on each record counts, and when a yes ends. */
  readonly momentsMs: readonly number[];
  /** The verdict that was asked for last: most events are of one stretch of time, the present. */
  last: Verdict | null;
}

/** What was found, and for which events it holds. */
interface Verdict {
  readonly law: Jurisdiction;
  readonly userId: string | null;
  readonly device: Subject | null;
  readonly receivedMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly standings: Standings;
}

export function subjectOf(records: readonly ConsentRecord[]): Subject {
  const momentsMs: number[] = [];
  let receivedMs = Number.NEGATIVE_INFINITY;
  for (const record of records) {
    momentsMs.push(record.eventTimeMs);
    if (record.expiresAtMs !== null) momentsMs.push(record.expiresAtMs);
    if (record.receivedMs > receivedMs) receivedMs = record.receivedMs;
  }
  return { records, receivedMs, momentsMs, last: null };
}

/** Who an event is about; null where it names none, or where they have said nothing. */
export interface Parties {
  readonly userId: string | null;
  readonly anonymousId: string | null;
  readonly user: Subject | null;
  readonly device: Subject | null;
}

/** The same as `verdict` without a browser's signal, and one object for the same standings. */
export type Judge = (parties: Parties, eventTimeMs: number, receivedMs: number) => Standings;

export interface Judges {
  readonly judge: Judge;
  /** Of somebody who said nothing. */
  readonly silent: Standings;
  /** Of events that name nobody. */
  readonly nobody: Standings;
}

const NO_TIME = { eventTimeMs: 0, receivedMs: 0, hasOptOutSignal: false };

/** Judges by looking once at each stretch of time of each subject. */
export function createJudge(law: Jurisdiction): Judges {
  const silent = sameStandings(verdict(NOTHING_SAID, law, { userId: '', anonymousId: null, ...NO_TIME }));
  const nobody = sameStandings(verdict(NOTHING_SAID, law, { userId: null, anonymousId: null, ...NO_TIME }));

  const judge: Judge = (parties, eventTimeMs, receivedMs) => {
    const { userId, user, device } = parties;
    const holder = user ?? device;
    if (holder === null) return userId === null && parties.anonymousId === null ? nobody : silent;
    const { last } = holder;
    const holds =
      last !== null &&
      last.fromMs <= eventTimeMs &&
      eventTimeMs < last.untilMs &&
      last.receivedMs <= receivedMs &&
      last.device === device &&
      last.userId === userId &&
      last.law === law;
    if (holds) return last.standings;
    return look(parties, holder, eventTimeMs, receivedMs);
  };

  const look = (parties: Parties, holder: Subject, eventTimeMs: number, receivedMs: number): Standings => {
    const { userId, anonymousId, user, device } = parties;
    const history = { user: user?.records ?? [], device: device?.records ?? [] };
    const occasion = { userId, anonymousId, eventTimeMs, receivedMs, hasOptOutSignal: false };
    const standings = sameStandings(verdict(history, law, occasion));
    const knownMs = Math.max(
      user?.receivedMs ?? Number.NEGATIVE_INFINITY,
      device?.receivedMs ?? Number.NEGATIVE_INFINITY,
    );
    // An event that overtook a consent is judged by itself: what it knew is no stretch of time.
    if (receivedMs < knownMs) return standings;
    const [fromMs, untilMs] = stretchAround(eventTimeMs, user, device);
    holder.last = { law, userId, device, receivedMs: knownMs, fromMs, untilMs, standings };
    return standings;
  };

  return { judge, silent, nobody };
}

/** From the last moment at or before a time to the first one after it. */
function stretchAround(timeMs: number, ...subjects: readonly (Subject | null)[]): [number, number] {
  let fromMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.POSITIVE_INFINITY;
  for (const subject of subjects)
    for (const momentMs of subject?.momentsMs ?? []) {
      if (momentMs <= timeMs) fromMs = Math.max(fromMs, momentMs);
      else untilMs = Math.min(untilMs, momentMs);
    }
  return [fromMs, untilMs];
}
