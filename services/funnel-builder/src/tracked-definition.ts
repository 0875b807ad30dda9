import {
  applyStepEvent,
  type BehaviourEvent,
  type CohortState,
  type CompiledCohort,
  type CompiledFunnel,
  compileCohort,
  compileFunnel,
  createFunnelState,
  DEFAULT_FUNNEL_LIMITS,
  EMPTY_COHORT_STATE,
  type FunnelState,
} from '@fineprint/behaviour';
import type { ActiveDefinition } from '@fineprint/definitions';
import { type Budget, type StateCodec, StateTable, type Update } from './state-table.ts';

/** What is counted per subject. */
export type CountedDefinition = ActiveDefinition<'funnel' | 'cohort'>;

interface Tracked<S> {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly table: StateTable<S>;
  /** Records of the partition up to this offset are counted: they were when the definition was new. */
  readonly countedTo: number;
}

export interface TrackedFunnel extends Tracked<FunnelState> {
  readonly kind: 'funnel';
  readonly compiled: CompiledFunnel;
}

export interface TrackedCohort extends Tracked<CohortState> {
  readonly kind: 'cohort';
  readonly compiled: CompiledCohort;
}

/** A definition in force with the states of every subject that it concerns. */
export type TrackedDefinition = TrackedFunnel | TrackedCohort;

export const definitionId = ({ kind, name }: { kind: string; name: string }): string => `${kind}:${name}`;

const FUNNEL_CODEC: StateCodec<FunnelState> = {
  write: (state) => JSON.stringify(state),
  read: (text) => JSON.parse(text) as FunnelState,
};
const COHORT_CODEC: StateCodec<CohortState> = {
  write: (state) => JSON.stringify(state),
  read: (text) => JSON.parse(text) as CohortState,
};

export function createTable(kind: CountedDefinition['kind'], budget: Budget) {
  return kind === 'funnel' ? new StateTable(FUNNEL_CODEC, budget) : new StateTable(COHORT_CODEC, budget);
}

/** `table` holds what is known already: the states of this kind, name and version up to `countedTo`. */
export function trackDefinition(
  definition: CountedDefinition,
  table: ReturnType<typeof createTable>,
  countedTo: number,
): TrackedDefinition {
  const { kind, name, version } = definition;
  const common = { id: definitionId(definition), name, version, countedTo };
  return kind === 'funnel'
    ? {
        ...common,
        kind,
        table: table as StateTable<FunnelState>,
        compiled: compileFunnel((definition as ActiveDefinition<'funnel'>).value),
      }
    : {
        ...common,
        kind,
        table: table as StateTable<CohortState>,
        compiled: compileCohort((definition as ActiveDefinition<'cohort'>).value),
      };
}

export function countInFunnel(
  { table, compiled, countedTo }: TrackedFunnel,
  event: BehaviourEvent,
  mask: number,
  offset: number,
): Update {
  if (offset <= countedTo) return 'already_counted';
  return table.update(event.subject, offset, (known, full) => {
    const state = known ?? createFunnelState(compiled);
    state.head = null; // it follows from the rest, and only who reads progress needs it
    const step = { timeMs: event.timeMs, mask, id: event.eventId };
    // A full partition settles as many events as it takes in: nothing grows, and the state says how many settled early.
    const limits = full
      ? { ...DEFAULT_FUNNEL_LIMITS, maxEvents: Math.max(1, state.recent.length) }
      : DEFAULT_FUNNEL_LIMITS;
    return applyStepEvent(compiled, state, step, limits) === 'repeated' ? undefined : state;
  });
}

export function countInCohort(
  { table, compiled, countedTo }: TrackedCohort,
  event: BehaviourEvent,
  offset: number,
): Update {
  if (offset <= countedTo) return 'already_counted';
  let refused = false;
  const update = table.update(event.subject, offset, (known, full) => {
    const before = known ?? EMPTY_COHORT_STATE;
    const after = compiled.apply(before, event);
    if (after === before) return undefined;
    refused = full && after.earliest.length > before.earliest.length;
    return refused ? undefined : after;
  });
  return refused ? 'refused' : update;
}
