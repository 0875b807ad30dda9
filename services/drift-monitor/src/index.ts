export type { Baseline } from './baseline.ts';
export {
  BaselineError,
  clearBaseline,
  listBaselines,
  setBaseline,
} from './baselines.ts';
export type { DriftRecord } from './records.ts';
