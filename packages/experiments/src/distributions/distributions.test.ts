import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../../reference/reference.json' with { type: 'json' };
import { relativeError } from '../../reference/relative-error.ts';
import { betaDensity, betaTails, unitPoint } from './beta.ts';
import { chiSquareAbove } from './chi-square.ts';
import { incompleteGamma } from './incomplete-gamma.ts';
import { integrate } from './integrate.ts';
import { normalAbove, normalBelow, normalUpperQuantile } from './normal.ts';
import { log1pMinus, stirlingRemainder } from './stirling.ts';
import { studentTwoSided, studentUpperQuantile } from './student-t.ts';

const { distributions } = reference;
const EXACT = 1e-11;

describe('distributions equal scipy', () => {
  it.each(distributions.normal)('normal above $z', ({ z, above }) => {
    expect(relativeError(normalAbove(z), above)).toBeLessThan(EXACT);
    expect(relativeError(normalBelow(-z), above)).toBeLessThan(EXACT);
  });
  it.each(distributions.normalQuantile)('normal quantile of $above', ({ above, z }) => {
    expect(relativeError(normalUpperQuantile(above), z, 1e-3)).toBeLessThan(EXACT);
  });
  it.each(distributions.student)('t $t with $df degrees', ({ t, df, twoSided }) => {
    expect(relativeError(studentTwoSided(t, df), twoSided)).toBeLessThan(EXACT);
    expect(studentTwoSided(-t, df)).toBe(studentTwoSided(t, df));
  });
  it.each(distributions.studentQuantile)('t quantile of $above with $df degrees', ({ above, df, t }) => {
    expect(relativeError(studentUpperQuantile(above, df), t)).toBeLessThan(EXACT);
  });
  it.each(distributions.chiSquare)('chi-square $statistic with $df degrees', ({ statistic, df, above }) => {
    expect(relativeError(chiSquareAbove(statistic, df), above)).toBeLessThan(EXACT);
  });
  it.each(distributions.beta)('beta $a $b at $x', ({ x, a, b, below, above }) => {
    const tails = betaTails(unitPoint(x), a, b);
    expect(relativeError(tails.lower, below)).toBeLessThan(1e-9);
    expect(relativeError(tails.upper, above)).toBeLessThan(1e-9);
  });
});

describe('distributions by their own laws', () => {
  const shape = fc.double({ min: 0.5, max: 1e6, noNaN: true });
  it('beta tails add up to 1, mirror, and grow', () => {
    fc.assert(
      fc.property(shape, shape, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, x) => {
        const { lower, upper } = betaTails(unitPoint(x), a, b);
        expect(lower + upper).toBeCloseTo(1, 9);
        const mirrored = betaTails({ x: 1 - x, complement: x }, b, a);
        expect(mirrored.upper).toBeCloseTo(lower, 9);
        expect(betaTails(unitPoint(Math.min(1, x + 0.01)), a, b).lower).toBeGreaterThanOrEqual(lower - 1e-9);
      }),
    );
  });
  it('quantiles undo their tails', () => {
    const probability = fc.double({ min: 1e-200, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(probability, fc.double({ min: 1, max: 1e6, noNaN: true }), (p, df) => {
        expect(relativeError(normalAbove(normalUpperQuantile(p)), p)).toBeLessThan(1e-10);
        fc.pre(p > 1e-100 || df > 3);
        expect(relativeError(studentTwoSided(studentUpperQuantile(p, df), df) / 2, p)).toBeLessThan(1e-10);
      }),
    );
  });
  it('gamma tails of whole a are a Poisson sum', () => {
    const poisson = Math.exp(-4) * (1 + 4 + 8 + 32 / 3);
    expect(relativeError(incompleteGamma(4, 4).upper, poisson)).toBeLessThan(EXACT);
    expect(incompleteGamma(2, 0)).toEqual({ lower: 0, upper: 1 });
    expect(incompleteGamma(2, Infinity)).toEqual({ lower: 1, upper: 0 });
  });
  it('Stirling remainder gives ln Γ', () => {
    const logGamma = (x: number) =>
      (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + stirlingRemainder(x);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
    expect(logGamma(1)).toBeCloseTo(0, 13);
    expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 12);
    expect(relativeError(log1pMinus(1e-9), -5e-19)).toBeLessThan(1e-8);
    expect(relativeError(log1pMinus(0.5), Math.log(1.5) - 0.5)).toBeLessThan(1e-14);
  });
  it('quadrature is exact for polynomials and peaks, and 0 for nothing', () => {
    expect(
      relativeError(
        integrate((x) => x ** 13, [0, 2]),
        2 ** 14 / 14,
      ),
    ).toBeLessThan(1e-13);
    expect(integrate(() => 0, [0, 1])).toBe(0);
    const density = (x: number) => betaDensity(unitPoint(x), 200.5, 3000.25);
    expect(integrate(density, [0, 0.05, 0.0626, 0.08, 1])).toBeCloseTo(1, 11);
  });
  it('refuses what has no answer', () => {
    expect(() => betaTails(unitPoint(0.5), 0, 1)).toThrow(RangeError);
    expect(() => betaTails(unitPoint(1.5), 1, 1)).toThrow(RangeError);
    expect(() => incompleteGamma(1, -1)).toThrow(RangeError);
    expect(() => normalUpperQuantile(0)).toThrow(RangeError);
    expect(() => normalUpperQuantile(Number.NaN)).toThrow(RangeError);
  });
});
