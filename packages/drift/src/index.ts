export { DriftError, type DriftErrorCode } from './errors.ts';
export {
  type DriftChange,
  type DriftState,
  type DriftStep,
  INITIAL_DRIFT_STATE,
  stepDrift,
} from './hysteresis.ts';
export { type KolmogorovSmirnov, ksOfSamples, ksOfSketches } from './kolmogorov-smirnov.ts';
export { psiOfCategories, psiOfCounts, psiOfSketches } from './psi.ts';
export { DEFAULT_DRIFT_SETTINGS, type DriftSettings, driftSettings } from './settings.ts';
export type { BinnedSketch, ValueOfBin } from './sketch.ts';
export {
  DRIFT_LEVELS,
  type DriftLevel,
  type DriftMeasurement,
  measureCategoryDrift,
  measureDrift,
} from './verdict.ts';
