import { type DriftSettings, driftSettings } from '@fineprint/drift';

/** Half open, epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a model is compared with, as somebody chose it. */
export interface Baseline {
  readonly model: string;
  /** Empty: every version that has no baseline of its own. */
  readonly version: string;
  /** The version to compare with; null: the same one. */
  readonly baselineVersion: string | null;
  /** The last so many days before the window, or a fixed range. */
  readonly range: { readonly days: number } | TimeRange;
  readonly windowMinutes: number;
  /** Thresholds that differ from the defaults. */
  readonly settings: Partial<DriftSettings>;
}

/** Of every model for which nothing was chosen: the same version's last week. */
export const DEFAULT_CHOICE = {
  baselineVersion: null,
  range: { days: 7 },
  windowMinutes: 60,
  settings: {},
} as const satisfies Omit<Baseline, 'model' | 'version'>;

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A baseline that moves with the window does so in steps, so that its sketches can be kept for a while. */
export const BASELINE_STEP_MS = 10 * MINUTE_MS;

/** One side against the other, for one model version at one time. */
export interface Comparison {
  readonly model: string;
  readonly version: string;
  readonly window: TimeRange;
  readonly baselineVersion: string;
  readonly baseline: TimeRange;
  readonly settings: DriftSettings;
}

/** The baseline of a model version: its own, its model's, or the default. */
export function chooseBaseline(
  chosen: readonly Baseline[],
  model: string,
  version: string,
): Omit<Baseline, 'model' | 'version'> {
  const ofModel = chosen.filter((b) => b.model === model);
  return (
    ofModel.find((b) => b.version === version) ?? ofModel.find((b) => b.version === '') ?? DEFAULT_CHOICE
  );
}

/** What is compared at a slot. Windows are whole minutes, since that is what metrics are kept by. */
export function comparisonAt(
  slotMs: number,
  model: string,
  version: string,
  choice: Omit<Baseline, 'model' | 'version'>,
): Comparison {
  const toMs = floorTo(slotMs, MINUTE_MS);
  const window = { fromMs: toMs - choice.windowMinutes * MINUTE_MS, toMs };
  return {
    model,
    version,
    window,
    baselineVersion: choice.baselineVersion ?? version,
    baseline: 'days' in choice.range ? daysBefore(window.fromMs, choice.range.days) : choice.range,
    settings: driftSettings(choice.settings),
  };
}

function daysBefore(ms: number, days: number): TimeRange {
  const toMs = floorTo(ms, BASELINE_STEP_MS);
  return { fromMs: toMs - days * DAY_MS, toMs };
}

export const floorTo = (ms: number, stepMs: number): number => Math.floor(ms / stepMs) * stepMs;
