export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** An estimate of one variant with the squared standard error of that estimate. */
export interface Estimate {
  readonly value: number;
  readonly squaredError: number;
}

export function differenceInterval(control: Estimate, treatment: Estimate, criticalValue: number): Interval {
  const estimate = treatment.value - control.value;
  const margin = criticalValue * Math.sqrt(control.squaredError + treatment.squaredError);
  return { estimate, low: estimate - margin, high: estimate + margin };
}

/**
 * Relative change treatment / control − 1 by the delta method (Deng, Knoblich and Lu, "Applying the Delta Method in
 * Metric Analytics", KDD 2018, eq. 5, for independent samples). Null where the linear approximation means nothing:
 * the control's own interval touches zero (the same limit as in Fieller's theorem, g ≥ 1).
 */
export function relativeLiftInterval(
  control: Estimate,
  treatment: Estimate,
  criticalValue: number,
): Interval | null {
  if (Math.abs(control.value) <= criticalValue * Math.sqrt(control.squaredError)) return null;
  const ratio = treatment.value / control.value;
  // In units of the control, so that no square under- or overflows before the root.
  const margin =
    (criticalValue * Math.sqrt(treatment.squaredError + ratio * ratio * control.squaredError)) /
    Math.abs(control.value);
  const estimate = ratio - 1;
  return Number.isFinite(margin) ? { estimate, low: estimate - margin, high: estimate + margin } : null;
}
