import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDecimals, decimalOf, ratioOf, shareOf, unitsOf } from './decimals.ts';

it('reads what it writes', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (n) => unitsOf(decimalOf(n)) === n),
  );
  expect(unitsOf('12.5')).toBe(12_500_000n);
  expect(unitsOf('-3')).toBe(-3_000_000n);
  expect(() => unitsOf('1e3')).toThrow('not a decimal');
});

it('adds, shares and compares without a rounding of floats', () => {
  expect(addDecimals(['0.1', '0.2', '99999999999999999.7'])).toBe('100000000000000000.000000');
  expect(shareOf('10', 3)).toBe('3.333333');
  expect(shareOf('0.000001', 2)).toBe('0.000001');
  expect(shareOf('10', 0)).toBeNull();
  expect(ratioOf('3', '2')).toBe(1.5);
  expect(ratioOf('3', '0')).toBeNull();
});
