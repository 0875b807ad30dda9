import {
  type Baseline,
  type Comparison,
  chooseBaseline,
  comparisonAt,
  DEFAULT_CHOICE,
  floorTo,
  MINUTE_MS,
  type TimeRange,
} from './baseline.ts';
import type { BaselineCache } from './baseline-cache.ts';
import type { Decided } from './drift-store.ts';
import { measureSeries } from './measure-series.ts';
import type { Evaluation } from './records.ts';
import { type ModelVersion, nameOf, type SketchReader } from './sketch-reader.ts';

/** What an evaluation works with. */
export interface EvaluationPorts {
  readonly reader: SketchReader;
  readonly cache: BaselineCache;
  readonly baselines: () => Promise<readonly Baseline[]>;
  readonly decide: (slotMs: number, evaluations: readonly Evaluation[]) => Promise<Decided>;
  /** Model versions of one slot; those with the most requests come first. */
  readonly maxSeries: number;
}

export interface EvaluationOptions {
  /** Only this model. */
  readonly model?: string;
  /** Asked before each chunk; false ends the evaluation. */
  readonly mayGoOn?: () => Promise<boolean>;
  readonly onDecided?: (decided: Decided) => void;
}

export interface EvaluationResult {
  /** Model versions that were looked at. */
  readonly series: number;
  /** Whether there were more than the limit. */
  readonly isCut: boolean;
  /** False when it was told not to go on. */
  readonly isComplete: boolean;
}

/** Sketches of so many model versions are in memory at a time. */
const CHUNK = 50;

/** Evaluates all model versions that had requests in their windows before the slot. */
export async function evaluateSlot(
  ports: EvaluationPorts,
  slotMs: number,
  options: EvaluationOptions = {},
): Promise<EvaluationResult> {
  const baselines = await ports.baselines();
  const minutes = Math.max(DEFAULT_CHOICE.windowMinutes, ...baselines.map((b) => b.windowMinutes));
  const toMs = floorTo(slotMs, MINUTE_MS);
  const widest = { fromMs: toMs - minutes * MINUTE_MS, toMs };
  const active = await ports.reader.active(widest, ports.maxSeries + 1, options.model);
  const series = active.slice(0, ports.maxSeries);
  for (let from = 0; from < series.length; from += CHUNK) {
    if ((await options.mayGoOn?.()) === false) return { series: from, isCut: false, isComplete: false };
    const comparisons = series
      .slice(from, from + CHUNK)
      .map(({ model, version }) =>
        comparisonAt(slotMs, model, version, chooseBaseline(baselines, model, version)),
      );
    const evaluations = await compareAll(ports, slotMs, comparisons);
    const decided = await ports.decide(slotMs, evaluations);
    options.onDecided?.(decided);
  }
  return { series: series.length, isCut: active.length > series.length, isComplete: true };
}

async function compareAll(
  { reader, cache }: EvaluationPorts,
  slotMs: number,
  comparisons: readonly Comparison[],
): Promise<Evaluation[]> {
  const current = await readBy(
    comparisons,
    (c) => c.window,
    (c) => c,
    (range, all) => reader.read(range, all),
  );
  const busy = comparisons.filter((_, i) => current[i] !== undefined);
  const now = current.filter((sketches) => sketches !== undefined);
  const baseline = await readBy(
    busy,
    (c) => c.baseline,
    (c) => ({ model: c.model, version: c.baselineVersion }),
    (range, all) => cache.read(slotMs, range, all),
  );
  return busy.flatMap((comparison, i) => {
    const [before, after] = [baseline[i], now[i]];
    if (before === undefined || after === undefined) return [];
    return measureSeries(before, after, comparison.settings).map((m) => ({ comparison, ...m }));
  });
}

/** Reads one thing per comparison, with one question per distinct range. Answers in the comparisons' order. */
async function readBy<T>(
  comparisons: readonly Comparison[],
  rangeOf: (c: Comparison) => TimeRange,
  seriesOf: (c: Comparison) => ModelVersion,
  read: (range: TimeRange, series: readonly ModelVersion[]) => Promise<ReadonlyMap<string, T>>,
): Promise<(T | undefined)[]> {
  const rangeName = (c: Comparison) => `${rangeOf(c).fromMs}/${rangeOf(c).toMs}`;
  const answers = new Map<string, ReadonlyMap<string, T>>();
  for (const [name, group] of Map.groupBy(comparisons, rangeName)) {
    const [first] = group;
    if (first === undefined) continue;
    const distinct = new Map(group.map(seriesOf).map((s) => [nameOf(s), s]));
    answers.set(name, await read(rangeOf(first), [...distinct.values()]));
  }
  return comparisons.map((c) => answers.get(rangeName(c))?.get(nameOf(seriesOf(c))));
}
