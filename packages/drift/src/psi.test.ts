import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../reference/reference.json' with { type: 'json' };
import { relativeError } from '../reference/relative-error.ts';
import { psiOfCategories, psiOfCounts, psiOfSketches } from './psi.ts';

it.each(reference.psi)('equals numpy: $baseline against $current', ({ baseline, current, value }) => {
  expect(relativeError(psiOfCounts(baseline, current) ?? Number.NaN, value, 1e-6)).toBeLessThan(1e-9);
});

describe('PSI of counts', () => {
  const counts = fc.array(fc.tuple(fc.nat(1e6), fc.nat(1e6)), { minLength: 1, maxLength: 20 });

  it('is a number ≥ 0, 0 for the same, and the same from both sides', () => {
    fc.assert(
      fc.property(counts, (pairs) => {
        const baseline = [1, ...pairs.map(([count]) => count)];
        const current = [1, ...pairs.map(([, count]) => count)];
        const psi = psiOfCounts(baseline, current) ?? Number.NaN;
        expect(psi).toBeGreaterThanOrEqual(0);
        expect(psi).toBeLessThan(Infinity);
        expect(psiOfCounts(current, baseline)).toBeCloseTo(psi, 9);
        expect(psiOfCounts(baseline, baseline)).toBe(0);
      }),
    );
  });

  it('has no answer for nothing', () => {
    expect(psiOfCounts([], [])).toBeNull();
    expect(psiOfCounts([0, 0], [1, 2])).toBeNull();
    expect(psiOfCategories(new Map(), new Map([['timeout', 3]]))).toBeNull();
  });

  it.each([
    [[1], [1, 2]],
    [[-1], [1]],
    [[1.5], [1]],
    [[Number.NaN], [1]],
  ])('refuses %j against %j', (a, b) => {
    expect(() => psiOfCounts(a, b)).toThrow(expect.objectContaining({ code: 'DRIFT_SKETCH_INVALID' }));
  });

  it('of categories counts a name that is missing on one side as none', () => {
    const baseline = new Map([
      ['timeout', 90],
      ['rate_limited', 10],
    ]);
    const current = new Map([
      ['rate_limited', 10],
      ['overloaded', 90],
    ]);
    expect(psiOfCategories(baseline, current)).toBe(psiOfCounts([90, 10, 0], [0, 10, 90]));
  });
});

describe('PSI of sketches', () => {
  it('groups by the deciles of the baseline', () => {
    const bins = Array.from({ length: 100 }, (_, index) => index);
    const baseline = { bins, counts: bins.map(() => 10) };
    const current = { bins, counts: bins.map((bin) => (bin < 50 ? 15 : 5)) };
    const deciles = [150, 150, 150, 150, 150, 50, 50, 50, 50, 50];
    expect(psiOfSketches(baseline, current)).toBeCloseTo(
      psiOfCounts(
        deciles.map(() => 100),
        deciles,
      ) ?? 0,
      12,
    );
  });

  it('sees what leaves a constant baseline, either way', () => {
    const constant = { bins: [7], counts: [1000] };
    expect(psiOfSketches(constant, constant)).toBe(0);
    expect(psiOfSketches(constant, { bins: [6], counts: [1000] })).toBeGreaterThan(5);
    expect(psiOfSketches(constant, { bins: [8], counts: [1000] })).toBeGreaterThan(5);
  });

  it('does not change when empty bins are spelled out', () => {
    const baseline = { bins: [1, 2, 4], counts: [50, 20, 30] };
    const current = { bins: [1, 3, 4], counts: [40, 20, 40] };
    const spelledOut = { bins: [0, 1, 2, 3, 4, 9], counts: [0, 50, 20, 0, 30, 0] };
    expect(psiOfSketches(spelledOut, current)).toBe(psiOfSketches(baseline, current));
  });

  it.each([
    ['bins out of order', { bins: [2, 1], counts: [1, 1] }],
    ['a bin twice', { bins: [1, 1], counts: [1, 1] }],
    ['a count missing', { bins: [1, 2], counts: [1] }],
    ['a negative count', { bins: [1], counts: [-1] }],
    ['a bin that is no number', { bins: [Number.NaN], counts: [1] }],
  ])('refuses %s', (_name, sketch) => {
    const fine = { bins: [1], counts: [1] };
    expect(() => psiOfSketches(sketch, fine)).toThrow(
      expect.objectContaining({ code: 'DRIFT_SKETCH_INVALID' }),
    );
    expect(() => psiOfSketches(fine, sketch)).toThrow(
      expect.objectContaining({ code: 'DRIFT_SKETCH_INVALID' }),
    );
  });
});
