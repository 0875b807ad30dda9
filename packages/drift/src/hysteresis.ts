import type { DriftSettings } from './settings.ts';
import { DRIFT_LEVELS, type DriftLevel, type DriftMeasurement } from './verdict.ts';

/** What is known of one series (model × feature) between windows; plain data, to be stored as it is. */
export interface DriftState {
  /** The level announced. */
  readonly level: DriftLevel;
  /** Windows in a row above the level, and the lowest level among them. */
  readonly above: { readonly windows: number; readonly level: DriftLevel };
  /** Windows in a row below the level, and the highest level among them. */
  readonly below: { readonly windows: number; readonly level: DriftLevel };
}

export interface DriftChange {
  readonly from: DriftLevel;
  readonly to: DriftLevel;
}

export interface DriftStep {
  readonly state: DriftState;
  /** To be announced; null while nothing changes. */
  readonly change: DriftChange | null;
}

export const INITIAL_DRIFT_STATE: DriftState = atRest('stable');

/**
 * One window further. A level is announced once enough windows in a row agree, so that a series at a threshold does
 * not alarm every minute. A window without enough data neither counts nor breaks a row.
 */
export function stepDrift(
  state: DriftState,
  verdict: DriftMeasurement['verdict'],
  settings: DriftSettings,
): DriftStep {
  if (verdict === 'not_enough_data') return { state, change: null };
  const order = rank(verdict) - rank(state.level);
  if (order === 0) return { state: atRest(state.level), change: null };
  if (order > 0) {
    const windows = state.above.windows + 1;
    const level = windows === 1 || rank(verdict) < rank(state.above.level) ? verdict : state.above.level;
    if (windows >= settings.raiseAfterWindows) return changed(state.level, level);
    return { state: { ...atRest(state.level), above: { windows, level } }, change: null };
  }
  const windows = state.below.windows + 1;
  const level = windows === 1 || rank(verdict) > rank(state.below.level) ? verdict : state.below.level;
  if (windows >= settings.clearAfterWindows) return changed(state.level, level);
  return { state: { ...atRest(state.level), below: { windows, level } }, change: null };
}

function changed(from: DriftLevel, to: DriftLevel): DriftStep {
  return { state: atRest(to), change: { from, to } };
}

function atRest(level: DriftLevel): DriftState {
  return { level, above: { windows: 0, level }, below: { windows: 0, level } };
}

function rank(level: DriftLevel): number {
  return DRIFT_LEVELS.indexOf(level);
}
