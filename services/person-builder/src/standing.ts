import type { CohortState, FunnelState } from '@fineprint/behaviour';
import type { Compiled } from './definitions.ts';
import { cohortFigures, funnelFigures } from './merge.ts';
import type { CohortRow, CountedFunnelRow, FunnelRow } from './rows.ts';

/** What a row is worked out from. */
interface Basis<State> {
  readonly person: string;
  readonly name: string;
  /** Whoever the person's own id belongs to now: the person itself, unless it was joined to a user. */
  readonly owner: string;
  readonly version: number;
  /** Of all ids of the person, under this version. */
  readonly states: readonly State[];
}

export function funnelRowOf(
  definition: Extract<Compiled, { kind: 'funnel' }>,
  basis: Basis<FunnelState>,
): CountedFunnelRow {
  const { person, name, owner, version } = basis;
  const mergedInto = owner === person ? null : owner;
  const figures = funnelFigures(definition.funnel, mergedInto === null ? basis.states : []);
  return { person, name, definitionVersion: version, ...figures, mergedInto };
}

export function cohortRowOf(
  definition: Extract<Compiled, { kind: 'cohort' }>,
  basis: Basis<CohortState>,
): CohortRow {
  const { person, name, owner, version } = basis;
  const mergedInto = owner === person ? null : owner;
  const figures = cohortFigures(definition.cohort, mergedInto === null ? basis.states : []);
  return { person, name, definitionVersion: version, ...figures, mergedInto };
}

/** Whether a row is worth a place: something to tell, or something told before that may have to be taken back. */
export const tellsFunnel = (row: FunnelRow, known: FunnelRow | undefined): boolean =>
  known === undefined ? row.level > 0 : !sameFunnel(row, known);

export const tellsCohort = (row: CohortRow, known: CohortRow | undefined): boolean =>
  known === undefined ? row.member : !sameCohort(row, known);

const sameFunnel = (a: FunnelRow, b: FunnelRow): boolean =>
  a.definitionVersion === b.definitionVersion &&
  a.level === b.level &&
  a.stepCount === b.stepCount &&
  a.exact === b.exact &&
  a.mergedInto === b.mergedInto &&
  a.enteredAtMs === b.enteredAtMs &&
  a.reachedAtMs === b.reachedAtMs &&
  a.openUntilMs === b.openUntilMs &&
  sameList(a.steps, b.steps) &&
  sameList(a.stepTimesMs, b.stepTimesMs);

const sameCohort = (a: CohortRow, b: CohortRow): boolean =>
  a.definitionVersion === b.definitionVersion &&
  a.member === b.member &&
  a.sinceMs === b.sinceMs &&
  a.mergedInto === b.mergedInto;

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
