import { distinctInOrder, quantile } from '../distinct.ts';
import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';

export interface Adoption {
  /** Users with any event. */
  readonly activeUsers: number;
  /** Users of the feature, and their share of the active. */
  readonly adopters: number;
  readonly reach: number | null;
  readonly uses: number;
  /** Uses per adopter. */
  readonly frequencyMean: number | null;
  readonly frequencyMedian: number | null;
  /** Different things that an adopter did with the feature, on average. */
  readonly depthMean: number | null;
  /** From a user's first event of any kind to their first use. */
  readonly timeToFirstUseMedianMs: number | null;
  readonly timeToFirstUseP90Ms: number | null;
}

/** What was done: an engagement's action, else the event's name. */
function actionOf(event: BehaviourEvent): string {
  return event.fields.engagement_action ?? event.name;
}

/** `events`: everything in the period that is looked at. null stands where nobody is there to divide by. */
export function adoptionOf(events: Iterable<BehaviourEvent>, isUse: EventPredicate): Adoption {
  const firstMs = new Map<string, number>();
  const byUser = new Map<string, { uses: number; firstUseMs: number; actions: Set<string> }>();
  for (const event of distinctInOrder(events)) {
    if (!firstMs.has(event.subject)) firstMs.set(event.subject, event.timeMs);
    if (!isUse(event)) continue;
    const own = byUser.get(event.subject) ?? { uses: 0, firstUseMs: event.timeMs, actions: new Set() };
    own.uses++;
    own.actions.add(actionOf(event));
    byUser.set(event.subject, own);
  }
  const adopters = byUser.size;
  const counts = [...byUser.values()].map((own) => own.uses).sort((a, b) => a - b);
  const uses = counts.reduce((sum, n) => sum + n, 0);
  const actions = [...byUser.values()].reduce((sum, own) => sum + own.actions.size, 0);
  const delays = [...byUser]
    .map(([subject, own]) => own.firstUseMs - (firstMs.get(subject) ?? own.firstUseMs))
    .sort((a, b) => a - b);
  return {
    activeUsers: firstMs.size,
    adopters,
    reach: ratio(adopters, firstMs.size),
    uses,
    frequencyMean: ratio(uses, adopters),
    frequencyMedian: quantile(counts, 0.5),
    depthMean: ratio(actions, adopters),
    timeToFirstUseMedianMs: quantile(delays, 0.5),
    timeToFirstUseP90Ms: quantile(delays, 0.9),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
