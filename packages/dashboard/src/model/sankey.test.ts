import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Link, sankeyOf } from './sankey.ts';

const names = fc.constantFrom('a', 'b', 'c', 'd');
const links: fc.Arbitrary<Link[]> = fc.uniqueArray(
  fc.record({
    position: fc.integer({ min: 1, max: 4 }),
    from: names,
    to: names,
    sessions: fc.integer({ min: 1, max: 999 }),
  }),
  { selector: (l) => `${l.position}${l.from}${l.to}`, minLength: 1, maxLength: 20 },
);

it('gives every box the sessions that pass it, and draws none over another', () => {
  fc.assert(
    fc.property(links, (given) => {
      const { nodes, links: bands, height } = sankeyOf(given);
      expect(bands).toHaveLength(given.length);
      for (const node of nodes) {
        expect(node.y + node.height).toBeLessThanOrEqual(height + 100);
        for (const other of nodes)
          if (other !== node && other.column === node.column)
            expect(node.y + node.height <= other.y || other.y + other.height <= node.y).toBe(true);
      }
      const first = Math.min(...given.map((l) => l.position));
      for (const { position, from, to, fromY, toY } of bands) {
        const start = nodes.find((n) => n.column === position - first && n.name === from);
        const end = nodes.find((n) => n.column === position - first + 1 && n.name === to);
        expect(fromY).toBeGreaterThanOrEqual(start?.y ?? Number.NaN);
        expect(toY).toBeGreaterThanOrEqual(end?.y ?? Number.NaN);
      }
    }),
  );
});
