import { describe, expect, it } from 'vitest';
import reference from '../reference/reference.json' with { type: 'json' };
import { relativeError } from '../reference/relative-error.ts';
import { bayesianMeans } from './bayes-means.ts';
import { bayesianProportions } from './bayes-proportions.ts';
import { adjustForFalseDiscoveries } from './false-discovery.ts';
import type { Interval } from './interval.ts';
import { checkSampleRatio } from './sample-ratio.ts';
import { achievedPower, plannedMeans, plannedProportions, requiredSampleSize } from './sample-size.ts';
import { compareMeans } from './two-means.ts';
import { compareProportions } from './two-proportions.ts';

const CLOSED_FORM = 1e-9;
/** Below it the expected error is absolute: scipy's own figures lose their digits there. */
const FLOOR = 1e-280;

/** Interval ends near zero are differences of large numbers: compared on the scale of the interval. */
function intervalError(actual: Interval | null | undefined, expected: readonly number[] | null): number {
  if (actual === null || actual === undefined || expected === null) return actual === expected ? 0 : Infinity;
  const [estimate = Number.NaN, low = Number.NaN, high = Number.NaN] = expected;
  const scale = Math.max(Math.abs(low), Math.abs(high));
  const ends = [actual.estimate - estimate, actual.low - low, actual.high - high];
  return scale === 0 ? Math.max(...ends.map(Math.abs)) : Math.max(...ends.map(Math.abs)) / scale;
}

describe('equal to statsmodels and scipy', () => {
  it.each(reference.twoProportions)('z-test of $control and $treatment at $alpha', (expected) => {
    const test = compareProportions(expected.control, expected.treatment, expected.alpha);
    expect(relativeError(test?.statistic ?? Number.NaN, expected.statistic)).toBeLessThan(CLOSED_FORM);
    expect(relativeError(test?.pValue ?? Number.NaN, expected.pValue, FLOOR)).toBeLessThan(CLOSED_FORM);
    const estimate = (expected.low + expected.high) / 2;
    expect(intervalError(test?.difference, [estimate, expected.low, expected.high])).toBeLessThan(
      CLOSED_FORM,
    );
    expect(intervalError(test?.relativeLift, expected.lift)).toBeLessThan(CLOSED_FORM);
  });

  it.each(reference.twoMeans)('Welch of $control and $treatment at $alpha', (expected) => {
    const test = compareMeans(expected.control, expected.treatment, expected.alpha);
    expect(relativeError(test?.statistic ?? Number.NaN, expected.statistic)).toBeLessThan(CLOSED_FORM);
    expect(relativeError(test?.degreesOfFreedom ?? Number.NaN, expected.degreesOfFreedom)).toBeLessThan(
      CLOSED_FORM,
    );
    expect(relativeError(test?.pValue ?? Number.NaN, expected.pValue, FLOOR)).toBeLessThan(CLOSED_FORM);
    const estimate = (expected.low + expected.high) / 2;
    expect(intervalError(test?.difference, [estimate, expected.low, expected.high])).toBeLessThan(
      CLOSED_FORM,
    );
    expect(intervalError(test?.relativeLift, expected.lift)).toBeLessThan(CLOSED_FORM);
  });

  it.each(reference.bayesianProportions)('chance and loss of $control and $treatment', (expected) => {
    const { control, treatment } = expected;
    const more = bayesianProportions(control, treatment, 'increase');
    expect(relativeError(more.chanceToBeatControl, expected.chance, FLOOR)).toBeLessThan(1e-7);
    expect(relativeError(more.expectedLoss, expected.lossOfTreatment, FLOOR)).toBeLessThan(1e-7);
    const less = bayesianProportions(control, treatment, 'decrease');
    expect(less.chanceToBeatControl + more.chanceToBeatControl).toBeCloseTo(1, 9);
    expect(relativeError(less.expectedLoss, expected.lossOfControl, FLOOR)).toBeLessThan(1e-7);
  });

  it('at 10⁹ and 10¹⁰ observations the beta model is the normal one', () => {
    for (const [n, lift] of [
      [1e9, 100_000],
      [1e10, -200_000],
    ] as const) {
      const [control, treatment] = [0.3 * n, 0.3 * n + lift].map((conversions) => ({ n, conversions }));
      if (control === undefined || treatment === undefined) throw new Error('both are there');
      const asMean = ({ conversions }: { conversions: number }) => {
        const mean = conversions / n;
        return { n, mean, variance: mean * (1 - mean) };
      };
      const exact = bayesianProportions(control, treatment, 'increase');
      const normal = bayesianMeans(asMean(control), asMean(treatment), 'increase');
      expect(exact.chanceToBeatControl).toBeCloseTo(normal?.chanceToBeatControl ?? Number.NaN, 8);
      expect(relativeError(exact.expectedLoss, normal?.expectedLoss ?? Number.NaN)).toBeLessThan(1e-4);
    }
  });

  it.each(reference.bayesianMeans)('normal model of $control and $treatment', (expected) => {
    const { control, treatment } = expected;
    const more = bayesianMeans(control, treatment, 'increase');
    expect(relativeError(more?.chanceToBeatControl ?? Number.NaN, expected.chance, FLOOR)).toBeLessThan(
      CLOSED_FORM,
    );
    expect(relativeError(more?.expectedLoss ?? Number.NaN, expected.loss, FLOOR)).toBeLessThan(CLOSED_FORM);
    const less = bayesianMeans(treatment, control, 'decrease');
    expect(less).toEqual(more);
  });

  it.each(reference.sampleSizes.proportions)(
    'sample size from $control to $treatment, power $power',
    (expected) => {
      const effect = plannedProportions(expected.control, expected.treatment, expected.ratio);
      expect(
        relativeError(requiredSampleSize(effect, expected.alpha, expected.power), expected.n),
      ).toBeLessThan(1e-9);
      expect(
        relativeError(achievedPower(effect, expected.alpha, expected.size), expected.achieved),
      ).toBeLessThan(1e-9);
    },
  );

  it.each(reference.sampleSizes.means)(
    'sample size for $difference of $deviation, power $power',
    (expected) => {
      const effect = plannedMeans(expected.difference, expected.deviation, expected.ratio);
      expect(
        relativeError(requiredSampleSize(effect, expected.alpha, expected.power), expected.n),
      ).toBeLessThan(1e-9);
      expect(
        relativeError(achievedPower(effect, expected.alpha, expected.size), expected.achieved),
      ).toBeLessThan(1e-9);
    },
  );

  it.each(reference.sampleRatios)('sample ratio of $exposed', ({ weights, exposed, statistic, pValue }) => {
    const result = checkSampleRatio(
      weights.map((weight, index) => ({ weight, exposed: exposed[index] ?? 0 })),
    );
    expect(relativeError(result.statistic ?? Number.NaN, statistic)).toBeLessThan(CLOSED_FORM);
    expect(relativeError(result.pValue ?? Number.NaN, pValue, FLOOR)).toBeLessThan(CLOSED_FORM);
  });

  it.each(reference.falseDiscoveries)('Benjamini–Hochberg of $pValues', ({ pValues, adjusted }) => {
    const actual = adjustForFalseDiscoveries(pValues);
    for (const [index, value] of actual.entries()) {
      expect(relativeError(value, adjusted[index] ?? Number.NaN)).toBeLessThan(1e-12);
    }
  });
});
