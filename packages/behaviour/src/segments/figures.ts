import { DAY_MS } from '../time.ts';
import type { UserFacts } from './evaluate.ts';

/** Without any event for so long, a user counts as gone. */
const CHURNED_AFTER_DAYS = 30;

/** The columns of `user_segments`. Of an empty segment nothing is known but its size. */
export interface SegmentFigures {
  readonly userCount: number;
  readonly avgLifetimeValue: number | null;
  /** Share with at least one conversion, ever. */
  readonly conversionRate: number | null;
  /** Share without any event for 30 days. */
  readonly churnRate: number | null;
}

/** `currency`: lifetime values in others are left out, never converted or added. */
export function segmentFigures(
  members: readonly UserFacts[],
  currency: string,
  nowMs: number,
): SegmentFigures {
  const sinceMs = nowMs - CHURNED_AFTER_DAYS * DAY_MS;
  const values = members.map((user) => user.lifetimeValues.get(currency) ?? 0).sort((a, b) => a - b);
  const converted = members.filter((user) => user.events.some((event) => event.kind === 'conversion'));
  const gone = members.filter((user) => user.events.every((event) => event.timeMs < sinceMs));
  const share = (part: number): number | null => (members.length === 0 ? null : part / members.length);
  return {
    userCount: members.length,
    // Sorted first: the order of members must not change the sum's last digit.
    avgLifetimeValue: share(values.reduce((sum, value) => sum + value, 0)),
    conversionRate: share(converted.length),
    churnRate: share(gone.length),
  };
}
