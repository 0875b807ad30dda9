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

/** What depends on the order of steps. A position is a step's place in the definition, from 1. */
interface InOrder {
  /** Of the last step reached. */
  readonly last: string;
  /** Of all steps reached, beside step_times. */
  readonly reached: string;
  readonly hasReached: string;
}

/** The names lie in the order of the definition, so positions need no names, which makes this twice as fast. */
const BY_LEVEL: InOrder = {
  last: 'level',
  reached: 'arrayEnumerate(step_times)',
  hasReached: 'level >= {position:UInt32}',
};

/** In any order the last step is the latest one; of several at the same moment the furthest in the list. */
const BY_NAME: InOrder = {
  last: `indexOf({steps:Array(String)},
    toString(steps[length(steps) + 1 - indexOf(arrayReverse(step_times), arrayMax(step_times))]))`,
  reached: "arrayMap(s -> indexOf({steps:Array(String)}, s), CAST(steps, 'Array(String)'))",
  hasReached: 'has(steps, {steps:Array(String)}[{position:UInt32}])',
};

export const inOrder = ({ order }: FunnelDefinition): InOrder => (order === 'any' ? BY_NAME : BY_LEVEL);

export const PEOPLE_STATES = ['reached', 'dropped', 'in_progress', 'converted'] as const;
export type PeopleState = (typeof PEOPLE_STATES)[number];

function stateCondition(state: PeopleState, { last, hasReached }: InOrder, ofStep: boolean): string {
  const lastIs = ofStep ? ` AND ${last} = {position:UInt32}` : '';
  const reached = ofStep ? hasReached : 'true'; // whoever is in the view has reached some step
  const conditions: Readonly<Record<PeopleState, string>> = {
    reached,
    converted: `${CONVERTED} AND ${reached}`,
    dropped: DROPPED + lastIs,
    in_progress: IN_PROGRESS + lastIs,
  };
  return conditions[state];
}

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
      ...(funnel.value.order === 'any' ? { steps: funnel.value.steps.map((step) => step.name) } : {}),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
  };
}

/** Those of them who are behind one bar. */
export function barWhere(population: FunnelPopulation, state: PeopleState, step: string | undefined): Where {
  const { condition, values } = populationWhere(population);
  const definition = population.funnel.value;
  const position = definition.steps.findIndex(({ name }) => name === step) + 1;
  return {
    condition: `${condition} AND ${stateCondition(state, inOrder(definition), step !== undefined)}`,
    values: { ...values, position },
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
