import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logBins } from '../reference/log-bins.ts';
import reference from '../reference/reference.json' with { type: 'json' };
import { relativeError } from '../reference/relative-error.ts';
import { kolmogorovAbove, kolmogorovPValue } from './kolmogorov-p-value.ts';
import { ksOfSamples, ksOfSketches } from './kolmogorov-smirnov.ts';

const { gamma } = reference;
const valueOfBin = (bin: number) => gamma ** bin;

describe('equal to scipy', () => {
  it.each(reference.kolmogorov)('ks_2samp: $name', ({ baseline, current, statistic, exact, binned }) => {
    const raw = ksOfSamples(baseline, current);
    expect(relativeError(raw?.statistic ?? Number.NaN, statistic)).toBeLessThan(1e-12);
    expect(relativeError(raw?.pValue ?? Number.NaN, exact)).toBeLessThan(1e-6);
    const sketch = ksOfSketches(logBins(baseline, gamma), logBins(current, gamma), valueOfBin);
    expect(relativeError(sketch?.statistic ?? Number.NaN, binned)).toBeLessThan(1e-12);
  });

  it.each(reference.kolmogorovLimit)('kstwobign above $lambda', ({ lambda, above }) => {
    expect(relativeError(kolmogorovAbove(lambda), above)).toBeLessThan(1e-9);
  });

  it('the limit for large samples is near the exact value', () => {
    const exact = kolmogorovPValue(52 * 1000, 1000, 1000);
    const limit = kolmogorovPValue(52 * 1001, 1001, 1001);
    expect(relativeError(limit, exact)).toBeLessThan(0.05);
  });
});

describe('sketches against raw values', () => {
  const values = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });

  it('fall short by no more than the largest share of one bin, never the other way', () => {
    fc.assert(
      fc.property(values, values, (baseline, current) => {
        const [a, b] = [logBins(baseline, gamma), logBins(current, gamma)];
        const raw = ksOfSamples(baseline, current);
        const sketch = ksOfSketches(a, b, valueOfBin);
        if (raw === null || sketch === null) throw new Error('both have values');
        const fullest = Math.max(
          Math.max(...a.counts) / baseline.length,
          Math.max(...b.counts) / current.length,
        );
        expect(sketch.statistic).toBeLessThanOrEqual(raw.statistic + 1e-12);
        expect(sketch.statistic).toBeGreaterThanOrEqual(raw.statistic - fullest - 1e-12);
        expect(sketch.pValue).toBeGreaterThanOrEqual(raw.pValue - 1e-12);
        expect(sketch.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('do not care which side is the baseline', () => {
    fc.assert(
      fc.property(values, values, (baseline, current) => {
        const there = ksOfSamples(baseline, current);
        const back = ksOfSamples(current, baseline);
        expect(back?.statistic).toBeCloseTo(there?.statistic ?? Number.NaN, 12);
        expect(back?.pValue).toBeCloseTo(there?.pValue ?? Number.NaN, 9);
      }),
    );
  });

  it('say where the distance is largest', () => {
    const result = ksOfSketches(
      { bins: [1, 5], counts: [90, 10] },
      { bins: [1, 5], counts: [10, 90] },
      (bin) => bin * 100,
    );
    expect(result).toMatchObject({ statistic: 0.8, at: 100 });
    expect(ksOfSamples([1, 1, 2], [2, 3, 3])?.at).toBe(1);
  });
});

it('has no answer for nothing, and 1 for the same', () => {
  expect(ksOfSamples([], [1])).toBeNull();
  expect(ksOfSketches({ bins: [], counts: [] }, { bins: [], counts: [] }, valueOfBin)).toBeNull();
  expect(ksOfSketches({ bins: [3], counts: [0] }, { bins: [3], counts: [7] }, valueOfBin)).toBeNull();
  expect(ksOfSamples([1, 2], [1, 2])).toMatchObject({ statistic: 0, pValue: 1 });
  expect(() => ksOfSamples([Number.NaN], [1])).toThrow(
    expect.objectContaining({ code: 'DRIFT_SAMPLE_INVALID' }),
  );
});

it('stays between 0 and 1 at a billion values', () => {
  const huge = { bins: [1, 2], counts: [500_000_000, 500_000_000] };
  const other = { bins: [1, 2], counts: [500_000_000, 500_100_000] };
  const result = ksOfSketches(huge, other, valueOfBin);
  expect(result?.statistic).toBeCloseTo(0.00005, 7);
  expect(result?.pValue).toBeGreaterThan(0);
  expect(result?.pValue).toBeLessThan(1);
});
