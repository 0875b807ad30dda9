import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks for. */
export interface PromqlUse {
  /** Metrics, with the labels they are asked by. */
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** Labels that sums are grouped by. */
  readonly groupedBy: readonly string[];
}

/** Reads an expression with Prometheus' own grammar. Throws where it is not PromQL, and says where. */
export function readPromql(expr: string): PromqlUse {
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupedBy: string[] = [];
  const text = ({ from, to }: { from: number; to: number }) => expr.slice(from, to);
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL at "${expr.slice(node.from)}": ${expr}`);
      const parent = node.node.parent?.name;
      if (node.name === 'Identifier' && parent === 'VectorSelector')
        selectors.push({ metric: text(node), labels: [] });
      if (node.name === 'LabelName' && parent === 'UnquotedLabelMatcher')
        selectors.at(-1)?.labels.push(text(node));
      if (node.name === 'LabelName' && parent === 'GroupingLabels') groupedBy.push(text(node));
    },
  });
  return { selectors, groupedBy };
}

/** Metric → its labels, of what a /metrics page says. A histogram's `_bucket`, `_sum` and `_count` are metrics of their own. */
export function exposedMetrics(pages: readonly string[]): Map<string, Set<string>> {
  const exposed = new Map<string, Set<string>>();
  const labelsOf = (metric: string) => {
    const labels = exposed.get(metric) ?? new Set<string>();
    exposed.set(metric, labels);
    return labels;
  };
  for (const line of pages.flatMap((page) => page.split('\n'))) {
    const [, declared, type] = /^# TYPE (\w+) (\w+)/.exec(line) ?? [];
    if (declared !== undefined)
      for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
        labelsOf(`${declared}${suffix}`);
    const [, metric, pairs = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (metric === undefined) continue;
    const labels = labelsOf(metric);
    for (const [, label = ''] of pairs.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) labels.add(label);
  }
  return exposed;
}

/** Labels that Prometheus itself adds. */
const OWN_LABELS = new Set(['job', 'instance', 'le']);

/** What of an expression's metrics and labels nobody exposes. Labels of metrics without a value yet are not known. */
export function unexposed(expr: string, exposed: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const { selectors, groupedBy } = readPromql(expr);
  return selectors.flatMap(({ metric, labels }) => {
    if (metric === 'up') return [];
    const known = exposed.get(metric);
    if (known === undefined) return [metric];
    if (known.size === 0) return [];
    return [...labels, ...groupedBy]
      .filter((label) => !known.has(label) && !OWN_LABELS.has(label))
      .map((label) => `${metric}{${label}}`);
  });
}
