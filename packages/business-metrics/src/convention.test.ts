import { expect, it } from 'vitest';
import { DEFAULT_CONVENTION, moneyNames, readConvention } from './convention.ts';
import { hasName, literals } from './dialect.ts';

it('knows the document’s call: trackConversion("subscription", { plan, value })', () => {
  expect(DEFAULT_CONVENTION.started).toContain('subscription');
  expect(moneyNames(DEFAULT_CONVENTION)).not.toContain('signup');
});

it('takes other names, and nothing that could end a literal', () => {
  expect(readConvention({ payment: ['subscription', 'Order Paid'] }).payment).toEqual([
    'subscription',
    'Order Paid',
  ]);
  for (const name of ["it's", 'back\\slash', 'new\nline', '', 'x'.repeat(101), 'semi;colon'])
    expect(() => readConvention({ payment: [name] }), name).toThrow();
  for (const other of [{ pay: ['x'] }, { activationWindowDays: 0 }, { activationWindowDays: 1.5 }, [], null])
    expect(() => readConvention(other)).toThrow();
});

it('asks for names so that the sorting key of event_name helps', () => {
  expect(hasName(['a', 'b'])).toContain("event_name IN ('a', 'b', 'conversion')");
  expect(literals([])).toBe("('')");
  expect(() => literals(["x'"])).toThrow('no literal');
});
