import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binOf, binValue, MAX_MAGNITUDE, MIN_MAGNITUDE } from './bins.ts';

const magnitude = fc.double({ min: MIN_MAGNITUDE, max: MAX_MAGNITUDE, noNaN: true });

it('answers every value within 1 %, negative ones too', () => {
  fc.assert(
    fc.property(magnitude, fc.boolean(), (size, negative) => {
      const value = negative ? -size : size;
      expect(Math.abs(binValue(binOf(value)) - value)).toBeLessThanOrEqual(0.01 * size);
    }),
    { numRuns: 2_000 },
  );
});

it('sorts bins as values sort, zero in between', () => {
  fc.assert(
    fc.property(magnitude, magnitude, (a, b) => {
      const [small, large] = a < b ? [a, b] : [b, a];
      expect(binOf(small)).toBeLessThanOrEqual(binOf(large));
      expect(binOf(-large)).toBeLessThanOrEqual(binOf(-small));
      expect(binOf(-small)).toBeLessThan(binOf(0));
      expect(binOf(0)).toBeLessThan(binOf(small));
    }),
  );
});

it('bounds the bins, whatever comes', () => {
  expect([binOf(0), binOf(-0), binOf(1e-300), binOf(1), binValue(0)]).toEqual([0, 0, 0, 2_000, 0]);
  expect(binOf(Number.MAX_VALUE)).toBe(binOf(MAX_MAGNITUDE));
  expect(2 * (binOf(MAX_MAGNITUDE) - binOf(MIN_MAGNITUDE) + 1) + 1).toBeLessThanOrEqual(4_890);
});
