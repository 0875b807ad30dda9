import type { FunnelDefinition } from '@fineprint/behaviour';
import type { ActiveDefinition } from '@fineprint/definitions';
import type { Question } from '../clickhouse/warehouse.ts';
import { time } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';

/** Whose figures are asked for. */
export interface FunnelPopulation {
  readonly funnel: ActiveDefinition<'funnel'>;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly asOfMs: number;
}

export const enteredFields = {
  from: time('Only people who entered then or later.').optional(),
  to: time('Only people who entered before.').optional(),
};

/**
 * What is true of a row of funnel_people: the report counts by these, and the list of people behind a bar filters by the same
 * texts. A person is converted, in progress or dropped, and of exactly one step the last one reached.
 */
export const CONVERTED = 'level = step_count';
export const IN_PROGRESS = `(NOT ${CONVERTED} AND coalesce(open_until >= fromUnixTimestamp64Milli({as_of:Int64}, 'UTC'), false))`;
export const DROPPED = `(NOT ${CONVERTED} AND NOT ${IN_PROGRESS})`;
/** The latest one; of several at the same moment the furthest. In any order that need not be the last of the list. */
export const LAST_STEP = 'steps[length(steps) + 1 - indexOf(arrayReverse(step_times), arrayMax(step_times))]';

export const PEOPLE_STATES = ['reached', 'dropped', 'in_progress', 'converted'] as const;
export type PeopleState = (typeof PEOPLE_STATES)[number];

const STATES: Readonly<Record<PeopleState, (step: string | undefined) => string>> = {
  // Whoever is in the view has reached some step.
  reached: (step) => (step === undefined ? 'true' : 'has(steps, {step:String})'),
  converted: (step) => CONVERTED + (step === undefined ? '' : ' AND has(steps, {step:String})'),
  dropped: (step) => DROPPED + lastIs(step),
  in_progress: (step) => IN_PROGRESS + lastIs(step),
};
const lastIs = (step: string | undefined) => (step === undefined ? '' : ` AND ${LAST_STEP} = {step:String}`);

/** Those of the definition in force who entered in the range. */
export function populationWhere({ funnel, from, to, asOfMs }: FunnelPopulation): Where {
  const conditions = ['funnel = {funnel:String}', 'definition_version = {version:Int64}'];
  if (from !== undefined) conditions.push("entered_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')");
  if (to !== undefined) conditions.push("entered_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')");
  return {
    condition: conditions.join(' AND '),
    values: {
      funnel: funnel.name,
      version: funnel.version,
      as_of: asOfMs,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
  };
}

/** Those of them who are behind one bar. */
export function barWhere(population: FunnelPopulation, state: PeopleState, step: string | undefined): Where {
  const { condition, values } = populationWhere(population);
  return {
    condition: `${condition} AND ${STATES[state](step)}`,
    values: { ...values, ...(step === undefined ? {} : { step }) },
  };
}

export interface Where {
  readonly condition: string;
  readonly values: Question['values'];
}

export function requireStep({ steps }: FunnelDefinition, step: string | undefined): void {
  if (step === undefined || steps.some((s) => s.name === step)) return;
  const issue = { code: 'invalid_parameter', parameter: 'step', message: 'is no step of this funnel' };
  throw new Problem('invalid_parameter', 'Parameter step.', { errors: [issue] });
}

export function requireRange({ from, to }: Pick<FunnelPopulation, 'from' | 'to'>): void {
  if (from !== undefined && to !== undefined && from >= to) {
    throw new Problem('invalid_range', 'The range is empty.');
  }
}
