import {
  type Direction,
  type Observation,
  type PlannedEffect,
  plannedMeans,
  plannedProportions,
  requiredSampleSize,
} from '@fineprint/experiments';

/** The change that the hint is about: relative to the control, towards the better. */
export const HINTED_CHANGE = 0.1;
export const HINTED_POWER = 0.8;

/**
 * Units that the control needs for a change of a tenth to be seen in four of five experiments; null where that cannot be said
 * yet. Told from the control alone: from the difference seen so far it would only repeat the p-value.
 */
export function requiredSample(
  control: Observation,
  direction: Direction,
  treatmentPerControl: number,
  alpha: number,
): number | null {
  const effect = planned(
    control,
    direction === 'increase' ? HINTED_CHANGE : -HINTED_CHANGE,
    treatmentPerControl,
  );
  return effect === null ? null : Math.ceil(requiredSampleSize(effect, alpha, HINTED_POWER));
}

function planned(control: Observation, change: number, ratio: number): PlannedEffect | null {
  if ('conversions' in control) {
    const rate = control.n === 0 ? 0 : control.conversions / control.n;
    const changed = rate * (1 + change);
    return rate > 0 && rate < 1 && changed < 1 ? plannedProportions(rate, changed, ratio) : null;
  }
  const { n, mean, variance } = control;
  return n > 1 && mean !== 0 && variance > 0 ? plannedMeans(mean * change, Math.sqrt(variance), ratio) : null;
}
