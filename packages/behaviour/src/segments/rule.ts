import type { PropertyFilter } from '../filter.ts';
import type { EventSelector } from '../selector.ts';

export const COMPARISONS = ['eq', 'gt', 'gte', 'lt', 'lte'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A question about one user. */
export type SegmentTest =
  /** How often, ever or in the last days. */
  | {
      readonly type: 'event_count';
      readonly selector: EventSelector;
      readonly op: Comparison;
      readonly count: number;
      readonly withinDays: number | null;
    }
  /** Days since it was last done. Someone who never did it answers no. */
  | {
      readonly type: 'last_seen';
      readonly selector: EventSelector;
      readonly op: Comparison;
      readonly days: number;
    }
  | { readonly type: 'property'; readonly filter: PropertyFilter }
  | { readonly type: 'funnel'; readonly funnel: string; readonly atLeastStep: number }
  | { readonly type: 'cohort'; readonly cohort: string }
  | {
      readonly type: 'lifetime_value';
      readonly currency: string;
      readonly op: Comparison;
      readonly amount: number;
    };

export interface SegmentGroup {
  /** not: none of them. */
  readonly type: 'all' | 'any' | 'not';
  readonly rules: readonly SegmentRule[];
}

export type SegmentRule = SegmentGroup | SegmentTest;

export interface SegmentDefinition {
  readonly name: string;
  readonly description: string | null;
  readonly rule: SegmentRule;
}
