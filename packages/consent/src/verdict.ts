import type { ChosenCategory } from './category.ts';
import type { ConsentRecord } from './consent-record.ts';
import { type Jurisdiction, jurisdictionOf } from './jurisdiction.ts';
import type { Standing, Standings } from './standings.ts';

/** An event, as far as consent asks. */
export interface Occasion {
  readonly userId: string | null;
  readonly anonymousId: string | null;
  readonly eventTimeMs: number;
  readonly receivedMs: number;
  /** The browser asks not to sell or share: Global Privacy Control, or Do Not Track. */
  readonly hasOptOutSignal: boolean;
}

/** What the subject's two ids are known to have said; order does not matter. */
export interface ConsentHistory {
  /** Records that name the event's user. */
  readonly user: readonly ConsentRecord[];
  /** Records that name the event's device. */
  readonly device: readonly ConsentRecord[];
}

export const NOTHING_SAID: ConsentHistory = { user: [], device: [] };

/** The consent in force at the event's time, of what had been received when the event was. Pure. */
export function verdict(history: ConsentHistory, law: Jurisdiction, occasion: Occasion): Standings {
  const isNobody = occasion.userId === null && occasion.anonymousId === null;
  // Most people have said nothing: nothing has to be looked at for them.
  const user = history.user.length === 0 ? NONE : history.user.filter((r) => isInForce(r, occasion));
  const device =
    history.device.length === 0
      ? NONE
      : history.device.filter((r) => isInForce(r, occasion) && isOwn(r, occasion));
  const silence = isNobody ? 'default' : silenceUnder(lawOf(law, user, device));
  const standing = (category: ChosenCategory) => standingOf(category, user, device, occasion) ?? silence;
  return {
    analytics: standing('analytics'),
    marketing: occasion.hasOptOutSignal ? 'denied' : standing('marketing'),
    ai: standing('ai'),
  };
}

const NONE: readonly ConsentRecord[] = [];

const isInForce = (record: ConsentRecord, { eventTimeMs, receivedMs }: Occasion) =>
  record.eventTimeMs <= eventTimeMs && record.receivedMs <= receivedMs;

/** On a shared device another user's word is not this user's. */
const isOwn = (record: ConsentRecord, { userId }: Occasion) =>
  userId === null || record.userId === null || record.userId === userId;

interface Word {
  readonly isGranted: boolean;
  readonly timeMs: number;
}

/** The user's own last word; a later no of the device ends a yes, and a yes of the device never lifts the user's no. */
function standingOf(
  category: ChosenCategory,
  user: readonly ConsentRecord[],
  device: readonly ConsentRecord[],
  occasion: Occasion,
): 'granted' | 'denied' | null {
  const own = lastWord(category, user, occasion);
  const there = lastWord(category, device, occasion);
  const isEnded = there !== null && !there.isGranted && (own === null || there.timeMs >= own.timeMs);
  const word = isEnded ? there : (own ?? there);
  if (word === null) return null;
  return word.isGranted ? 'granted' : 'denied';
}

/** Of two words at the same moment the no counts. A yes that has expired is no word. */
function lastWord(
  category: ChosenCategory,
  records: readonly ConsentRecord[],
  { eventTimeMs }: Occasion,
): Word | null {
  let last: (Word & { readonly expiresAtMs: number | null }) | null = null;
  for (const { choices, eventTimeMs: timeMs, expiresAtMs } of records) {
    const isGranted = choices[category];
    if (isGranted === undefined) continue;
    const isLater = last === null || timeMs > last.timeMs;
    const isStricter =
      last !== null && timeMs === last.timeMs && isStricterThan({ isGranted, expiresAtMs }, last);
    if (isLater || isStricter) last = { isGranted, timeMs, expiresAtMs };
  }
  if (last?.isGranted === true && last.expiresAtMs !== null && last.expiresAtMs <= eventTimeMs) return null;
  return last;
}

type Said = { readonly isGranted: boolean; readonly expiresAtMs: number | null };

function isStricterThan(a: Said, b: Said): boolean {
  if (a.isGranted !== b.isGranted) return !a.isGranted;
  return (a.expiresAtMs ?? Number.POSITIVE_INFINITY) < (b.expiresAtMs ?? Number.POSITIVE_INFINITY);
}

/** Where a law is configured, the one that the person was last asked under. */
function lawOf(
  law: Jurisdiction,
  user: readonly ConsentRecord[],
  device: readonly ConsentRecord[],
): Jurisdiction {
  if (law === 'none') return 'none';
  let last: { readonly law: Exclude<Jurisdiction, 'none'>; readonly timeMs: number } | null = null;
  if (user.length + device.length === 0) return law;
  for (const { jurisdiction, eventTimeMs: timeMs } of [...user, ...device]) {
    const named = jurisdictionOf(jurisdiction);
    if (named === null) continue;
    const isStricter = last !== null && timeMs === last.timeMs && named === 'gdpr';
    if (last === null || timeMs > last.timeMs || isStricter) last = { law: named, timeMs };
  }
  return last?.law ?? law;
}

/** The table of defaults: only opt-in takes silence for a no. */
const silenceUnder = (law: Jurisdiction): Standing => (law === 'gdpr' ? 'denied' : 'default');
