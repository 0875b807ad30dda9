import type { AiMetric, AiRequest } from '@fineprint/schemas';
import { OVERFLOW, overflowSeries, type Series, seriesKey, seriesOf } from './series.ts';
import { WindowCounts } from './window-counts.ts';

/**
 * How many offsets of the input one segment spans. A request belongs to the segment its offset lies in, so that what a
 * snapshot counts is a function of the log alone: whoever computes it, after whatever crash, gets the same. A segment that
 * the partition has left never changes again and leaves memory, whatever event times come later. Its number is its first
 * offset, so that this may change.
 */
export const SEGMENT_OFFSETS = 32_768;
/** Series of their own per partition and segment; requests of further ones are counted under `__overflow__`. */
export const MAX_SERIES = 1_000;
const WINDOW_MS = 60_000;

export type Counted = 'counted' | 'overflow' | 'already_counted';

export interface Snapshot {
  /** One per series, window, and segment; partitions have logs of their own. */
  readonly key: string;
  readonly record: AiMetric;
}

interface Window {
  readonly series: Series;
  readonly windowStartMs: number;
  readonly segment: number;
  readonly counts: WindowCounts;
  /** Requests up to here are in `counts` since it was restored; -1 for a window that was not. */
  readonly restoredOffset: number;
}

/** Metrics of one partition. Memory: the windows of one segment, plus ended ones that were not written yet. */
export class PartitionMetrics {
  #segment = -1;
  #windows = new Map<string, Window>();
  readonly #series = new Set<string>();
  /** In the order of their segments: a snapshot of a segment tells that all earlier ones were written whole. */
  #changed = new Map<string, Window>();

  /** Windows in memory. */
  get size(): number {
    return this.#windows.size;
  }

  /** Takes back what was written. Of several snapshots of one key, the one with the highest `as_of_offset` counts. */
  restore(metric: AiMetric): void {
    if (metric.segment < this.#segment) return;
    if (metric.segment > this.#segment) this.#begin(metric.segment);
    const key = snapshotKey(metric, metric.window_start, metric.segment);
    if ((this.#windows.get(key)?.restoredOffset ?? -1) >= metric.as_of_offset) return;
    const window = newWindow(metric, metric.window_start, metric.segment, metric.as_of_offset);
    window.counts.merge(metric);
    this.#windows.set(key, window);
    if (metric.model_name !== OVERFLOW) this.#series.add(seriesKey(window.series));
  }

  /** Counts a request and its cost, null where that is unknown. Offsets ascend; a reader that has been set back repeats them, and nothing is counted twice. */
  count(offset: number, request: AiRequest, costNanoUsd: number | null): Counted {
    const segment = offset - (offset % SEGMENT_OFFSETS);
    if (segment < this.#segment) return 'already_counted';
    if (segment > this.#segment) this.#begin(segment);
    const series = this.#admit(seriesOf(request));
    const windowStartMs = Math.floor(request.event_time / WINDOW_MS) * WINDOW_MS;
    const key = snapshotKey(series, windowStartMs, segment);
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = newWindow(series, windowStartMs, segment, -1);
      this.#windows.set(key, window);
    }
    if (offset <= window.restoredOffset) return 'already_counted';
    window.counts.add(request, costNanoUsd);
    this.#changed.set(key, window);
    return series === overflowSeries ? 'overflow' : 'counted';
  }

  /** What has changed since the last call. */
  takeSnapshots(asOf: { readonly offset: number; readonly sourceOffset: number }): Snapshot[] {
    const changed = this.#changed;
    this.#changed = new Map();
    return [...changed].map(([key, { series, windowStartMs, segment, counts }]) => ({
      key,
      record: {
        window_start: windowStartMs,
        ...series,
        segment,
        as_of_offset: asOf.offset,
        as_of_source_offset: asOf.sourceOffset,
        ...counts.counts(),
      },
    }));
  }

  #begin(segment: number): void {
    this.#segment = segment;
    this.#windows = new Map();
    this.#series.clear();
  }

  /**
   * The first series of a segment keep their names. Which these are depends on the log alone: what was restored is a part
   * of them, and what is read again adds the rest.
   */
  #admit(series: Series | null): Series {
    if (series === null || series.model_name === OVERFLOW) return overflowSeries;
    const key = seriesKey(series);
    if (this.#series.has(key)) return series;
    if (this.#series.size >= MAX_SERIES) return overflowSeries;
    this.#series.add(key);
    return series;
  }
}

function newWindow(names: Series, windowStartMs: number, segment: number, restoredOffset: number): Window {
  const { model_name, model_version, provider, experiment_id, variant } = names;
  const series = { model_name, model_version, provider, experiment_id, variant };
  return { series, windowStartMs, segment, counts: new WindowCounts(), restoredOffset };
}

const snapshotKey = (series: Series, windowStartMs: number, segment: number) =>
  `${segment}/${windowStartMs}/${seriesKey(series)}`;
