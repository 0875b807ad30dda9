export { binValue, GAMMA } from './bins.ts';
export { MAX_ERROR_NAMES, OTHER_ERRORS } from './error-names.ts';
export { type MeasureName, measureNames } from './measures.ts';
export {
  type Counted,
  MAX_SERIES,
  PartitionMetrics,
  SEGMENT_OFFSETS,
  type Snapshot,
} from './partition-metrics.ts';
export { OVERFLOW, type Series } from './series.ts';
export { quantile, Sketch, type SketchFields } from './sketch.ts';
export { type SketchColumns, sketchFieldsOf } from './sketch-columns.ts';
export { type Counts, WindowCounts } from './window-counts.ts';
