export { type Adoption, adoptionOf } from './adoption/adoption.ts';
export {
  type ActiveUsers,
  type Stay,
  type Stickiness,
  stickinessOf,
  stickinessOfStays,
} from './adoption/stickiness.ts';
export {
  type BackTest,
  backTestChurn,
  backTestChurnGroups,
  type CalibrationBin,
  type TestGroup,
} from './churn/back-test.ts';
export type { BgNbdParameters, VisitSummary } from './churn/bg-nbd.ts';
export {
  type ChurnModel,
  type DataSize,
  fitChurn,
  fitChurnGroups,
  type ThinData,
  type VisitGroup,
  visitSummaries,
} from './churn/churn.ts';
export { type CohortDefinition, type CohortRule, parseCohort } from './cohort/definition.ts';
export {
  type CohortMembership,
  type CohortState,
  type CompiledCohort,
  compileCohort,
  EMPTY_COHORT_STATE,
} from './cohort/membership.ts';
export { quantile } from './distinct.ts';
export {
  type BehaviourEvent,
  EVENT_FIELDS,
  EVENT_KINDS,
  type EventFields,
  type EventKind,
  fromProductEvent,
} from './event.ts';
export { type EventPredicate, FILTER_OPERATORS, type FilterOperator, type PropertyFilter } from './filter.ts';
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
export {
  anonymousSubject,
  createIdentityMap,
  type IdentityChange,
  type IdentityConflict,
  type IdentityLink,
  type IdentityMap,
  type LinkResult,
  userSubject,
} from './identity/links.ts';
export {
  type JourneyLink,
  type JourneyPath,
  type JourneyQuery,
  type Journeys,
  journeysOf,
} from './journeys/journeys.ts';
export { SESSION_GAP_MS, type Session, sessionsOf } from './journeys/sessions.ts';
export type { Parsed, Problem, ProblemCode } from './problems.ts';
export { type LifetimeValueQuery, type LifetimeValueRow, lifetimeValue } from './retention/lifetime-value.ts';
export {
  type RetentionCell,
  type RetentionCohort,
  type RetentionColumn,
  type RetentionMode,
  type RetentionQuery,
  retention,
  retentionCell,
  retentionColumns,
} from './retention/retention.ts';
export { compileSegment, type SegmentPredicate, type UserFacts } from './segments/evaluate.ts';
export { type SegmentFigures, segmentFigures } from './segments/figures.ts';
export { parseSegment } from './segments/parse.ts';
export type { SegmentDefinition, SegmentGroup, SegmentRule, SegmentTest } from './segments/rule.ts';
export { compileSelector, type EventSelector, type ReadOptions } from './selector.ts';
export { PERIODS, type Period, periodIndex, periodName, periodStartMs } from './time.ts';
