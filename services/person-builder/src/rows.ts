/** How far a person has come in a funnel, as it is stored and published. Times are epoch milliseconds. */
export interface FunnelRow {
  readonly person: string;
  readonly name: string;
  readonly definitionVersion: number;
  readonly level: number;
  readonly stepCount: number;
  readonly steps: readonly string[];
  readonly stepTimesMs: readonly number[];
  readonly enteredAtMs: number | null;
  readonly reachedAtMs: number | null;
  readonly openUntilMs: number | null;
  readonly exact: boolean;
  readonly mergedInto: string | null;
}

/** As it was just worked out. */
export interface CountedFunnelRow extends FunnelRow {
  /** Of each step reached its place in the definition, from 1. */
  readonly stepOrders: readonly number[];
}

/** Whether a person is in a cohort. */
export interface CohortRow {
  readonly person: string;
  readonly name: string;
  readonly definitionVersion: number;
  readonly member: boolean;
  readonly sinceMs: number | null;
  readonly mergedInto: string | null;
}

/** Whose an anonymous id is. */
export interface LinkRow {
  readonly anonymousId: string;
  readonly userId: string;
  readonly identifiedAtMs: number;
}

/** With what tells which of two counts. */
export type Revised<Row> = Row & { readonly revision: number; readonly updatedAtMs: number };
