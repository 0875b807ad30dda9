import { ExperimentError } from './errors.ts';

/** What was counted of a conversion metric: units seen, and how many of them converted. */
export interface ProportionObservation {
  readonly n: number;
  readonly conversions: number;
}

/** What was measured of a mean metric. `variance` is the sample variance (divisor n − 1); 0 while n < 2. */
export interface MeanObservation {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

export type Observation = ProportionObservation | MeanObservation;

/** The beta integrals are tested up to here. */
export const MAX_OBSERVATIONS = 1e10;
/** Beyond it the squares in a variance leave the range of a double. */
const MAX_MAGNITUDE = 1e100;

export function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > MAX_OBSERVATIONS) {
    throw invalid(`${name} must be a whole number from 0 to ${MAX_OBSERVATIONS}, got ${value}`);
  }
}

export function checkProportion({ n, conversions }: ProportionObservation): void {
  checkCount('n', n);
  checkCount('conversions', conversions);
  if (conversions > n) {
    throw invalid(`conversions (${conversions}) exceed n (${n}); count each unit once, not each event`);
  }
}

export function checkMean({ n, mean, variance }: MeanObservation): void {
  checkCount('n', n);
  if (!(Math.abs(mean) <= MAX_MAGNITUDE)) throw invalid(`mean must be a number up to ±1e100, got ${mean}`);
  if (!(variance >= 0 && variance <= MAX_MAGNITUDE)) {
    throw invalid(`variance must be a number from 0 to 1e100, got ${variance}`);
  }
}

export function checkLevel(name: string, value: number): void {
  if (!(value > 0 && value < 1)) {
    throw new ExperimentError(
      'EXPERIMENT_PARAMETER_INVALID',
      `${name} must lie between 0 and 1, got ${value}`,
    );
  }
}

function invalid(message: string): ExperimentError {
  return new ExperimentError('EXPERIMENT_OBSERVATION_INVALID', message);
}
