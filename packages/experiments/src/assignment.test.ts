import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../reference/reference.json' with { type: 'json' };
import { type AssignmentPlan, assignVariant, unitPosition, variantAt } from './assignment.ts';
import { chiSquareAbove } from './distributions/chi-square.ts';

const UNITS = 100_000;
/** Fixed input, so a pass stays a pass; a fair hash fails about one of these checks in a thousand. */
const SUSPICIOUS = 0.001;

function pearson(observed: readonly number[], expected: readonly number[]): number {
  const statistic = observed.reduce((sum, count, index) => {
    const wanted = expected[index] ?? Number.NaN;
    return sum + (count - wanted) ** 2 / wanted;
  }, 0);
  return chiSquareAbove(statistic, observed.length - 1);
}

function plan(salt: string, ...weights: [number, number, ...number[]]): AssignmentPlan {
  const [first, ...rest] = weights.map((weight, index) => ({ name: `v${index}`, weight }));
  return { salt, variants: [first ?? { name: 'v0', weight: 1 }, ...rest] };
}

describe('positions', () => {
  it.each(reference.positions)(
    'of $unitId in $salt are those of every other murmur3',
    ({ salt, unitId, hash }) => {
      expect(unitPosition(salt, unitId)).toBe(hash / 2 ** 32);
    },
  );

  it.each(['user-', '', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd38-'])('of ids like %s1 are uniform', (prefix) => {
    const buckets = new Array<number>(100).fill(0);
    for (let unit = 0; unit < UNITS; unit += 1) {
      const bucket = Math.floor(unitPosition('checkout', `${prefix}${unit}`) * 100);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(pearson(buckets, new Array(100).fill(UNITS / 100))).toBeGreaterThan(SUSPICIOUS);
  });

  it('in two experiments are independent, also where salts differ by one character', () => {
    for (const [left, right] of [
      ['exp-1', 'exp-2'],
      ['checkout', 'pricing'],
      ['a', 'b'],
    ] as const) {
      const cells = new Array<number>(100).fill(0);
      for (let unit = 0; unit < UNITS; unit += 1) {
        const row = Math.floor(unitPosition(left, `user-${unit}`) * 10);
        const cell = row * 10 + Math.floor(unitPosition(right, `user-${unit}`) * 10);
        cells[cell] = (cells[cell] ?? 0) + 1;
      }
      expect(pearson(cells, new Array(100).fill(UNITS / 100))).toBeGreaterThan(SUSPICIOUS);
    }
  });

  it('refuse an id that is no id', () => {
    for (const unitId of ['', 'x'.repeat(1001)]) {
      expect(() => unitPosition('exp', unitId)).toThrow(
        expect.objectContaining({ code: 'EXPERIMENT_UNIT_ID_INVALID' }),
      );
    }
  });
});

describe('assignment', () => {
  const weight = fc.integer({ min: 1, max: 1000 });

  it('splits by weight', () => {
    const uneven = plan('uneven', 1, 2, 7);
    const counts = { v0: 0, v1: 0, v2: 0 } as Record<string, number>;
    for (let unit = 0; unit < UNITS; unit += 1) {
      const variant = assignVariant(uneven, `user-${unit}`);
      counts[variant] = (counts[variant] ?? 0) + 1;
    }
    const expected = [UNITS * 0.1, UNITS * 0.2, UNITS * 0.7];
    expect(pearson(Object.values(counts), expected)).toBeGreaterThan(SUSPICIOUS);
  });

  it('is the same every time, and for the same shares in other weights', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), weight, weight, (unitId, first, second) => {
        const variant = assignVariant(plan('salt', first, second), unitId);
        expect(assignVariant(plan('salt', first, second), unitId)).toBe(variant);
        expect(assignVariant(plan('salt', first * 8, second * 8), unitId)).toBe(variant);
      }),
    );
  });

  it('with two variants, a change of weights moves units one way only: the fewest possible', () => {
    const position = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((hash) => hash / 2 ** 32);
    fc.assert(
      fc.property(position, fc.integer({ min: 1, max: 98 }), (at, share) => {
        const before = variantAt(plan('s', share, 100 - share).variants, at);
        const after = variantAt(plan('s', share + 1, 99 - share).variants, at);
        expect(before === 'v0' ? after : 'v0').toBe('v0');
      }),
    );
  });

  it('reaches the last variant at the last position whatever rounding does', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), weight, (first, second) => {
        expect(variantAt(plan('s', first, second, 1).variants, 1)).toBe('v2');
        expect(variantAt(plan('s', first, second).variants, 0)).toBe('v0');
      }),
    );
  });
});
