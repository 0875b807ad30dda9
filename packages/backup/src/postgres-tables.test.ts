import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inOrder } from './postgres-tables.ts';

const tables = (count: number) => Array.from({ length: count }, (_, i) => ({ table: `t${i}` }));

it('puts every table once, and behind those it refers to', () => {
  const reference = fc.tuple(fc.nat(9), fc.nat(9)).map(([a, b]) => ({
    // Without a circle: each refers to a higher number, or to itself.
    from: `t${Math.min(a, b)}`,
    to: `t${Math.max(a, b)}`,
  }));
  fc.assert(
    fc.property(fc.array(reference), (references) => {
      const ordered = inOrder(tables(10), references).map((t) => t.table);
      expect([...ordered].sort()).toEqual(tables(10).map((t) => t.table));
      for (const { from, to } of references)
        if (from !== to) expect(ordered.indexOf(to)).toBeLessThan(ordered.indexOf(from));
    }),
  );
});

it('ends where tables refer to each other', () => {
  const circle = [
    { from: 't0', to: 't1' },
    { from: 't1', to: 't0' },
    { from: 't1', to: 'elsewhere' },
  ];
  expect(inOrder(tables(2), circle)).toHaveLength(2);
});
