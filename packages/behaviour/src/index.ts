export { type BehaviourEvent, EVENT_FIELDS, EVENT_KINDS, type EventKind, fromProductEvent } from './event.ts';
export { FILTER_OPERATORS, type FilterOperator, type PropertyFilter } from './filter.ts';
export { applyEvent } from './funnel/apply.ts';
export { type CompiledFunnel, compileFunnel, createFunnelSet, type FunnelSet } from './funnel/compile.ts';
export {
  FUNNEL_ORDERS,
  type FunnelDefinition,
  type FunnelOrder,
  type FunnelStep,
  parseFunnel,
} from './funnel/definition.ts';
export type { BestChain, StepTimes } from './funnel/fold.ts';
export type { StepEvent } from './funnel/history.ts';
export { mergeFunnelStates } from './funnel/merge.ts';
export {
  type Applied,
  applyStepEvent,
  createFunnelState,
  DEFAULT_FUNNEL_LIMITS,
  type FunnelLimits,
  type FunnelProgress,
  type FunnelState,
  progressOf,
} from './funnel/state.ts';
export type { Parsed, Problem, ProblemCode } from './problems.ts';
export { compileSelector, type EventSelector, type ReadOptions } from './selector.ts';
