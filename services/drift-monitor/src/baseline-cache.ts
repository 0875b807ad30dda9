import { BASELINE_STEP_MS, floorTo, type TimeRange } from './baseline.ts';
import { NO_SKETCHES, type SeriesSketches } from './measure-series.ts';
import { type ModelVersion, nameOf, type SketchReader } from './sketch-reader.ts';

/** Reads baselines, and keeps them for a step: a week of minutes is much to add up each minute. */
export interface BaselineCache {
  read(
    slotMs: number,
    range: TimeRange,
    series: readonly ModelVersion[],
  ): Promise<Map<string, SeriesSketches>>;
}

/** What is read within one step of slots is read once; of these the last `maxEntries` used are kept. */
export function createBaselineCache(reader: SketchReader, maxEntries: number): BaselineCache {
  const kept = new Map<string, SeriesSketches>();
  let step = Number.NaN;
  return {
    async read(slotMs, range, series) {
      const now = floorTo(slotMs, BASELINE_STEP_MS);
      if (now !== step) {
        kept.clear();
        step = now;
      }
      const keyOf = (s: ModelVersion) => `${range.fromMs}/${range.toMs}/${nameOf(s)}`;
      const unknown = series.filter((s) => !kept.has(keyOf(s)));
      const read = await reader.read(range, unknown);
      const found = new Map<string, SeriesSketches>();
      for (const one of series) {
        const sketches = kept.get(keyOf(one)) ?? read.get(nameOf(one)) ?? NO_SKETCHES;
        found.set(nameOf(one), sketches);
        kept.delete(keyOf(one));
        kept.set(keyOf(one), sketches);
      }
      for (const oldest of kept.keys()) {
        if (kept.size <= maxEntries) break;
        kept.delete(oldest);
      }
      return found;
    },
  };
}
