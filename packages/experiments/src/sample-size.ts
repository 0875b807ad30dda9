import { normalBelow, normalUpperQuantile } from './distributions/normal.ts';
import { ExperimentError } from './errors.ts';
import { checkLevel } from './observation.ts';

/** The standard deviations of √n · (difference of the two estimates), if nothing changed and if the effect is there. */
export interface PlannedEffect {
  readonly difference: number;
  readonly deviationIfNone: number;
  readonly deviationIfReal: number;
}

/** `ratio` = units in the treatment per unit in the control. */
export function plannedProportions(control: number, treatment: number, ratio = 1): PlannedEffect {
  checkLevel('the control rate', control);
  checkLevel('the treatment rate', treatment);
  checkPositive('ratio', ratio);
  const pooled = (control + ratio * treatment) / (1 + ratio);
  return checked({
    difference: treatment - control,
    deviationIfNone: Math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio)),
    deviationIfReal: Math.sqrt(control * (1 - control) + (treatment * (1 - treatment)) / ratio),
  });
}

export function plannedMeans(difference: number, standardDeviation: number, ratio = 1): PlannedEffect {
  checkPositive('the standard deviation', standardDeviation);
  checkPositive('ratio', ratio);
  const deviation = standardDeviation * Math.sqrt(1 + 1 / ratio);
  return checked({ difference, deviationIfNone: deviation, deviationIfReal: deviation });
}

/**
 * Units needed in the control, not rounded: n = ((z_{α/2} σ₀ + z_β σ₁) / difference)² (Fleiss, Levin and Paik, 3rd ed.,
 * eq. 4.14; Chow, Shao and Wang, "Sample Size Calculations in Clinical Research", 3.2). Two-sided, large samples.
 */
export function requiredSampleSize(effect: PlannedEffect, alpha: number, power: number): number {
  checkLevel('alpha', alpha);
  checkLevel('power', power);
  if (power <= alpha / 2) {
    throw new ExperimentError('EXPERIMENT_PARAMETER_INVALID', `power must exceed alpha / 2, got ${power}`);
  }
  const standardised =
    normalUpperQuantile(alpha / 2) * effect.deviationIfNone -
    normalUpperQuantile(power) * effect.deviationIfReal;
  return (standardised / effect.difference) ** 2;
}

/** Chance to reject at `sampleSize` units in the control, counting both tails. */
export function achievedPower(effect: PlannedEffect, alpha: number, sampleSize: number): number {
  checkLevel('alpha', alpha);
  checkPositive('the sample size', sampleSize);
  const threshold = normalUpperQuantile(alpha / 2) * effect.deviationIfNone;
  const shift = effect.difference * Math.sqrt(sampleSize);
  return (
    normalBelow((shift - threshold) / effect.deviationIfReal) +
    normalBelow((-shift - threshold) / effect.deviationIfReal)
  );
}

function checked(effect: PlannedEffect): PlannedEffect {
  if (effect.difference === 0 || !Number.isFinite(effect.difference)) {
    throw new ExperimentError(
      'EXPERIMENT_PARAMETER_INVALID',
      `the difference to detect must be a number other than 0, got ${effect.difference}`,
    );
  }
  return effect;
}

function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new ExperimentError('EXPERIMENT_PARAMETER_INVALID', `${name} must be above 0, got ${value}`);
  }
}
