import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOX_WIDTH, type LayoutInput, layOut } from './layout.ts';

/** Any graph without a circle: arrows go from a lower number to a higher one. */
const graphs: fc.Arbitrary<LayoutInput> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc
    .uniqueArray(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { selector: String, maxLength: 25 })
    .map((pairs) => ({
      nodes: Array.from({ length: size }, (_, i) => ({ id: `n${i}`, isStart: i === 0, isEnd: false })),
      edges: pairs.filter(([a, b]) => a < b).map(([a, b]) => ({ from: `n${a}`, to: `n${b}` })),
    })),
);

describe('a layout', () => {
  it('puts no box over another, and every arrow leads to the right', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { nodes, edges, width, height } = layOut(graph);
        for (const [i, a] of nodes.entries()) {
          expect(a.x + a.width).toBeLessThanOrEqual(width);
          expect(a.y).toBeGreaterThanOrEqual(0);
          expect(a.y + a.height).toBeLessThanOrEqual(height);
          for (const b of nodes.slice(i + 1))
            expect(a.x !== b.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
        }
        const at = new Map(nodes.map((n) => [n.id, n]));
        for (const edge of edges) {
          const [from, to] = [at.get(edge.from), at.get(edge.to)];
          expect(from?.x).toBeLessThan(to?.x ?? 0);
          expect(edge.x).toBe(to?.x);
          expect(edge.y).toBeGreaterThanOrEqual(to?.y ?? 0);
          expect(edge.y).toBeLessThanOrEqual((to?.y ?? 0) + (to?.height ?? 0));
        }
      }),
    );
  });

  it('is the same for the same graph, and puts ends at the right', () => {
    const graph: LayoutInput = {
      nodes: [
        { id: 'a', isStart: true, isEnd: false },
        { id: 'b', isStart: false, isEnd: false },
        { id: 'c', isStart: false, isEnd: false },
        { id: 'store', isStart: false, isEnd: true },
        { id: 'clock', isStart: false, isEnd: false },
      ],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
        { from: 'c', to: 'store' },
        { from: 'a', to: 'store' },
        { from: 'clock', to: 'c' },
      ],
    };
    const layout = layOut(graph);
    expect(layOut(graph)).toEqual(layout);
    const x = Object.fromEntries(layout.nodes.map((n) => [n.id, n.x]));
    expect(x['clock']).toBe(x['b']); // beside what it goes to, not at the far left
    expect(x['store']).toBe(layout.width - BOX_WIDTH);
  });
});
