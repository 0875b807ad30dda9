import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { DAY_MS } from '../time.ts';
import { type BgNbdParameters, fitBgNbd, returnProbability, type VisitSummary } from './bg-nbd.ts';

/** Below these a fit would be a guess with decimals. */
const NEEDED: DataSize = { users: 100, repeaters: 50, days: 28 };
/** More users than this change the four parameters very little, and cost time. */
const MAX_FITTED = 20_000;

export interface DataSize {
  readonly users: number;
  /** Users who came back. */
  readonly repeaters: number;
  /** Since the first visit of all. */
  readonly days: number;
}

export interface ThinData {
  readonly ok: false;
  readonly code: 'not_enough_data';
  readonly message: string;
  readonly have: DataSize;
  readonly need: DataSize;
}

export interface ChurnModel {
  readonly ok: true;
  readonly parameters: BgNbdParameters;
  /** The chance that a user does not come back within the horizon. */
  riskOf(user: VisitSummary, horizonDays: number): number;
}

/** Users whose visits are summed up alike. */
export interface VisitGroup extends VisitSummary {
  readonly users: number;
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
  return fitChurnGroups(users.map((user) => ({ ...user, users: 1 })));
}

/** The same of users that were counted by groups: what a database answers. */
export function fitChurnGroups(groups: readonly VisitGroup[]): ChurnModel | ThinData {
  const have = sizeOf(groups);
  if (have.users < NEEDED.users || have.repeaters < NEEDED.repeaters || have.days < NEEDED.days) {
    const text = ({ users, repeaters, days }: DataSize) =>
      `${users} users, ${repeaters} of them came back, seen for ${days} days`;
    const message = `too little to tell: ${text(have)}; it takes ${text(NEEDED)}`;
    return { ok: false, code: 'not_enough_data', message, have, need: NEEDED };
  }
  const parameters = fitBgNbd(sampled(groups, Math.ceil(have.users / MAX_FITTED)));
  return {
    ok: true,
    parameters,
    riskOf: (user, horizonDays) => 1 - returnProbability(parameters, user, horizonDays),
  };
}

function sizeOf(groups: readonly VisitGroup[]): DataSize {
  let [users, repeaters, days] = [0, 0, 0];
  for (const group of groups) {
    users += group.users;
    if (group.repeats > 0) repeaters += group.users;
    days = Math.max(days, group.ageDays);
  }
  return { users, repeaters, days };
}

/** Every n-th user. */
function sampled(groups: readonly VisitGroup[], stride: number): VisitGroup[] {
  let before = 0;
  return groups.flatMap((group) => {
    const users = Math.ceil((before + group.users) / stride) - Math.ceil(before / stride);
    before += group.users;
    return users === 0 ? [] : [{ ...group, users }];
  });
}
