import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile, Sketch } from './sketch.ts';

const QUANTILES = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

function sketchOf(values: readonly number[], scale = 1e6): Sketch {
  const sketch = new Sketch(scale);
  for (const value of values) sketch.add(value);
  return sketch;
}

function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

/** Uniform draws from a fixed seed (mulberry32). */
function draws(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const normal = (u: () => number) => Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * u());

describe('quantiles are within 1 % of the exact ones', () => {
  it.each([
    ['uniform', (u: () => number) => 10 + 990 * u()],
    ['log-normal', (u: () => number) => Math.exp(6 + 1.2 * normal(u))],
    ['Pareto, heavy tail', (u: () => number) => 20 / (1 - u()) ** (1 / 1.1)],
    ['two modes, and zeros', (u: () => number) => (u() < 0.1 ? 0 : u() < 0.5 ? 50 + u() : 4_000 * (1 + u()))],
    ['normal around zero', (u: () => number) => normal(u)],
  ])('%s', (_name, draw) => {
    const u = draws(7);
    const values = Array.from({ length: 20_000 }, () => draw(u));
    const fields = sketchOf(values).fields();
    for (const q of QUANTILES) {
      const exact = exactQuantile(values, q);
      expect(Math.abs((quantile(fields, q) ?? Number.NaN) - exact)).toBeLessThanOrEqual(
        0.01 * Math.abs(exact) + 1e-9,
      );
    }
  });

  it('any numbers', () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const exact = exactQuantile(values, q);
          const answer = quantile(sketchOf(values).fields(), q) ?? Number.NaN;
          expect(Math.abs(answer - exact)).toBeLessThanOrEqual(0.01 * Math.abs(exact) + 1e-9);
        },
      ),
    );
  });
});

describe('merging', () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 60 });

  it('is adding all values, in any order, to the last digit', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const merged = sketchOf(b);
        merged.merge(sketchOf(a).fields());
        expect(merged.fields()).toEqual(sketchOf([...a, ...b].reverse()).fields());
      }),
    );
  });

  it('into an empty one gives the same: what is written reads back', () => {
    fc.assert(
      fc.property(values, (a) => {
        const fields = sketchOf(a).fields();
        const read = new Sketch(1e6);
        read.merge(JSON.parse(JSON.stringify(fields)));
        expect(read.fields()).toEqual(fields);
      }),
    );
  });
});

it('knows one zero', () => {
  expect(sketchOf([0, -0]).fields()).toEqual(sketchOf([-0, 0]).fields());
});

it('has no quantile where there is nothing', () => {
  expect(quantile(new Sketch(1).fields(), 0.5)).toBeNull();
});
