import { binValue } from '@fineprint/ai-metrics';
import {
  type BinnedSketch,
  type DriftMeasurement,
  type DriftSettings,
  measureCategoryDrift,
  measureDrift,
} from '@fineprint/drift';

/** Numbers whose distributions are watched, by the prefix of their columns in ai_metrics. */
export const sketchMeasures = ['confidence', 'latency_ms', 'input_tokens', 'output_tokens'] as const;
export type SketchMeasure = (typeof sketchMeasures)[number];
/** How requests ended: answered, or with which error. A rise of errors shows as well as another kind of them. */
export const ERROR_MIX = 'error_mix';
export type DriftMeasure = SketchMeasure | typeof ERROR_MIX;

/** What is known of one model version over a range: bins of all partitions, segments and minutes added up. */
export interface SeriesSketches {
  readonly requests: number;
  readonly sketches: Readonly<Record<SketchMeasure, BinnedSketch>>;
  /** Requests by error; answered ones under the empty name, which no error has. */
  readonly outcomes: ReadonlyMap<string, number>;
}

const EMPTY: BinnedSketch = { bins: [], counts: [] };
export const NO_SKETCHES: SeriesSketches = {
  requests: 0,
  sketches: { confidence: EMPTY, latency_ms: EMPTY, input_tokens: EMPTY, output_tokens: EMPTY },
  outcomes: new Map(),
};

export interface Measured {
  readonly measure: DriftMeasure;
  readonly measurement: DriftMeasurement;
}

/** Every measure of a model version against its baseline; those that neither side has are left out. */
export function measureSeries(
  baseline: SeriesSketches,
  current: SeriesSketches,
  settings: DriftSettings,
): Measured[] {
  const numbers = sketchMeasures.map((measure): Measured => {
    const [before, now] = [baseline.sketches[measure], current.sketches[measure]];
    return { measure, measurement: measureDrift(before, now, binValue, settings) };
  });
  const mix = measureCategoryDrift(baseline.outcomes, current.outcomes, settings);
  return [...numbers, { measure: ERROR_MIX, measurement: mix } as const].filter(
    ({ measurement }) => measurement.baselineCount + measurement.currentCount > 0,
  );
}
