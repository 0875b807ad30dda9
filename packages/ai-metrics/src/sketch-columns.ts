import type { AiMetric } from '@fineprint/schemas';
import type { MeasureName } from './measures.ts';
import type { Sketch, SketchFields } from './sketch.ts';

/** The columns of all sketches of a metric. */
export type SketchColumns = Pick<AiMetric, Extract<keyof AiMetric, `${MeasureName}_${string}`>>;

/** Written out: it runs for every snapshot, and names put together at run time make it three times as slow. */
export function sketchColumns(sketches: Readonly<Record<MeasureName, Sketch>>): SketchColumns {
  const latency = sketches.latency_ms.fields();
  const ttft = sketches.ttft_ms.fields();
  const confidence = sketches.confidence.fields();
  const input = sketches.input_tokens.fields();
  const output = sketches.output_tokens.fields();
  return {
    latency_ms_count: latency.count,
    latency_ms_sum: latency.sum,
    latency_ms_min: latency.min,
    latency_ms_max: latency.max,
    latency_ms_bins: latency.bins,
    latency_ms_bin_counts: latency.binCounts,
    ttft_ms_count: ttft.count,
    ttft_ms_sum: ttft.sum,
    ttft_ms_min: ttft.min,
    ttft_ms_max: ttft.max,
    ttft_ms_bins: ttft.bins,
    ttft_ms_bin_counts: ttft.binCounts,
    confidence_count: confidence.count,
    confidence_sum: confidence.sum,
    confidence_min: confidence.min,
    confidence_max: confidence.max,
    confidence_bins: confidence.bins,
    confidence_bin_counts: confidence.binCounts,
    input_tokens_count: input.count,
    input_tokens_sum: input.sum,
    input_tokens_min: input.min,
    input_tokens_max: input.max,
    input_tokens_bins: input.bins,
    input_tokens_bin_counts: input.binCounts,
    output_tokens_count: output.count,
    output_tokens_sum: output.sum,
    output_tokens_min: output.min,
    output_tokens_max: output.max,
    output_tokens_bins: output.bins,
    output_tokens_bin_counts: output.binCounts,
  };
}

/** One measure's sketch out of a metric. */
export function sketchFieldsOf(columns: SketchColumns, name: MeasureName): SketchFields {
  return {
    count: columns[`${name}_count`],
    sum: columns[`${name}_sum`],
    min: columns[`${name}_min`],
    max: columns[`${name}_max`],
    bins: columns[`${name}_bins`],
    binCounts: columns[`${name}_bin_counts`],
  };
}
