export {
  analyze,
  type ExperimentObservations,
  type ExperimentResult,
  type TreatmentConclusion,
  type TreatmentResult,
} from './analyze.ts';
export { type AssignmentPlan, assignVariant, unitPosition, type WeightedVariant } from './assignment.ts';
export { bayesianMeans } from './bayes-means.ts';
export { type BayesianComparison, bayesianProportions } from './bayes-proportions.ts';
export type { MetricComparison, MetricVerdict, TooLittle } from './comparison.ts';
export {
  type DefinitionProblem,
  type DefinitionResult,
  type Direction,
  type ExperimentDefinition,
  experimentDefinitionSchema,
  type MetricDefinition,
  parseDefinition,
} from './definition.ts';
export { ExperimentError, type ExperimentErrorCode } from './errors.ts';
export { adjustForFalseDiscoveries } from './false-discovery.ts';
export type { Interval } from './interval.ts';
export type { MeanObservation, Observation, ProportionObservation } from './observation.ts';
export { checkSampleRatio, SAMPLE_RATIO_THRESHOLD, type SampleRatioResult } from './sample-ratio.ts';
export {
  achievedPower,
  type PlannedEffect,
  plannedMeans,
  plannedProportions,
  requiredSampleSize,
} from './sample-size.ts';
export { canChangeStatus, changeStatus, EXPERIMENT_STATUSES, type ExperimentStatus } from './status.ts';
export { compareMeans, type WelchTest } from './two-means.ts';
export { compareProportions, type TwoSampleTest } from './two-proportions.ts';
