import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertRules } from './alert-rules.ts';
import { dashboard } from './dashboard.ts';
import { panelRows } from './panels.ts';
import { exposedMetrics, readPromql, unexposed } from './testing/index.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const panels = panelRows.flatMap((row) => row.panels);
const expressions = [
  ...panels.flatMap((p) => p.queries.map((q) => q.expr)),
  ...alertRules.map((r) => r.expr),
];

/** Names under which services declare metrics; row 26 holds the expressions against the services themselves. */
function declaredMetrics(): Set<string> {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'packages', 'services'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const names = new Set<string>();
  for (const file of files.split('\n').filter((f) => f.endsWith('.ts') && !f.includes('test'))) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/'(fineprint_[a-z_]+)'/g)) names.add(name);
  }
  return names;
}

describe('every expression of the dashboard and the alerts', () => {
  it('is PromQL, and asks for metrics that a service declares', () => {
    const declared = declaredMetrics();
    const asked = expressions.flatMap((expr) => readPromql(expr).selectors.map((s) => s.metric));
    const ours = asked.filter((metric) => metric.startsWith('fineprint_'));
    expect(ours.length).toBeGreaterThan(40);
    expect(ours.filter((metric) => !declared.has(metric.replace(/_bucket$/, '')))).toEqual([]);
  });

  it('that is broken is found', () => {
    expect(() => readPromql('sum(rate(a[5m])')).toThrow('no PromQL');
    expect(readPromql('sum by (a, b) (x{c="d"}) / y > 1')).toEqual({
      selectors: [
        { metric: 'x', labels: ['c'] },
        { metric: 'y', labels: [] },
      ],
      groupedBy: ['a', 'b'],
    });
    const exposed = exposedMetrics([
      '# TYPE x counter\nx{c="1",service="s"} 1\n# TYPE h histogram\nh_bucket{le="1"} 0\n# TYPE quiet counter\n',
    ]);
    expect(unexposed('sum by (nope) (x{c="1"})', exposed)).toEqual(['x{nope}']);
    expect(unexposed('rate(h_bucket[5m]) + h + quiet{a="b"}', exposed)).toEqual(['h']);
  });
});

describe('alerts', () => {
  it('have names of their own, durations and something to do', () => {
    expect(new Set(alertRules.map((r) => r.name)).size).toBe(alertRules.length);
    for (const { name, for: duration, summary, action } of alertRules) {
      expect([name, duration]).toEqual([
        expect.stringMatching(/^FinePrint[A-Z]\w+$/),
        expect.stringMatching(/^\d+[mh]$/),
      ]);
      expect(Math.min(summary.length, action.length)).toBeGreaterThan(10);
    }
  });

  it('speak of labels that their expression keeps', () => {
    for (const { name, expr, summary } of alertRules.filter((r) => !r.expr.startsWith('up'))) {
      const { groupedBy } = readPromql(expr);
      for (const [, label = ''] of summary.matchAll(/\$labels\.(\w+)/g))
        expect([name, groupedBy]).toEqual([name, expect.arrayContaining([label])]);
    }
  });
});

it('panels lie side by side, none on another, with ids of their own', () => {
  const { panels: laid } = dashboard() as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  expect(new Set(laid.map((p) => p.id)).size).toBe(laid.length);
  const cells = laid.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(laid.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});
