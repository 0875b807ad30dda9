import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { DAY_MS } from '../time.ts';
import { type BgNbdParameters, fitBgNbd, returnProbability, type VisitSummary } from './bg-nbd.ts';

/** Below these a fit would be a guess with decimals. */
const MIN_USERS = 100;
const MIN_REPEATERS = 50;
const MIN_AGE_DAYS = 28;
/** More users than this change the four parameters very little, and cost time. */
const MAX_FITTED = 20_000;

export interface ThinData {
  readonly ok: false;
  readonly code: 'not_enough_data';
  readonly message: string;
}

export interface ChurnModel {
  readonly ok: true;
  readonly parameters: BgNbdParameters;
  /** The chance that a user does not come back within the horizon. */
  riskOf(user: VisitSummary, horizonDays: number): number;
}

/** Visits by UTC day, from each user's first up to `asOfMs`; several events of a day are one visit. */
export function visitSummaries(
  events: Iterable<BehaviourEvent>,
  isVisit: EventPredicate,
  asOfMs: number,
): Map<string, VisitSummary> {
  const days = new Map<string, Set<number>>();
  for (const event of events) {
    if (event.timeMs >= asOfMs || !isVisit(event)) continue;
    const own = days.get(event.subject) ?? new Set();
    days.set(event.subject, own.add(Math.floor(event.timeMs / DAY_MS)));
  }
  const today = Math.floor(asOfMs / DAY_MS);
  return new Map(
    [...days].map(([subject, own]) => {
      const first = [...own].reduce((a, b) => Math.min(a, b));
      const last = [...own].reduce((a, b) => Math.max(a, b));
      return [subject, { repeats: own.size - 1, recencyDays: last - first, ageDays: today - first }];
    }),
  );
}

/** Fits the model, or says what is missing. */
export function fitChurn(users: readonly VisitSummary[]): ChurnModel | ThinData {
  const repeaters = users.filter((user) => user.repeats > 0).length;
  const oldest = users.reduce((age, user) => Math.max(age, user.ageDays), 0);
  if (users.length < MIN_USERS || repeaters < MIN_REPEATERS || oldest < MIN_AGE_DAYS) {
    const have = `${users.length} users, ${repeaters} of them came back, seen for ${oldest} days`;
    const need = `${MIN_USERS} users, ${MIN_REPEATERS} who came back, ${MIN_AGE_DAYS} days`;
    return { ok: false, code: 'not_enough_data', message: `too little to tell: ${have}; it takes ${need}` };
  }
  const stride = Math.ceil(users.length / MAX_FITTED);
  const parameters = fitBgNbd(users.filter((_, i) => i % stride === 0));
  return {
    ok: true,
    parameters,
    riskOf: (user, horizonDays) => 1 - returnProbability(parameters, user, horizonDays),
  };
}
