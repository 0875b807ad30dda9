/** So many went from one event to the next, at a place in their sessions. */
export interface Link {
  readonly position: number;
  readonly from: string;
  readonly to: string;
  readonly sessions: number;
}

export interface SankeyNode {
  readonly column: number;
  readonly name: string;
  readonly sessions: number;
  readonly y: number;
  readonly height: number;
}

export interface SankeyLink extends Link {
  /** Where it leaves and arrives, its middle. */
  readonly fromY: number;
  readonly toY: number;
  readonly thickness: number;
}

export interface Sankey {
  readonly columns: number;
  readonly height: number;
  readonly nodes: readonly SankeyNode[];
  readonly links: readonly SankeyLink[];
}

const GAP = 22;
const HEIGHT = 320;
/** Thinner than this cannot be seen. */
const MIN = 2;

type Draft = { column: number; name: string; into: number; out: number };

/** Boxes as high as the sessions that pass them, bands as thick as those between two. */
export function sankeyOf(links: readonly Link[]): Sankey {
  const first = Math.min(...links.map((l) => l.position));
  const drafts = new Map<string, Draft>();
  const at = (column: number, name: string): Draft => {
    const key = `${column}\n${name}`;
    const draft = drafts.get(key) ?? { column, name, into: 0, out: 0 };
    drafts.set(key, draft);
    return draft;
  };
  for (const { position, from, to, sessions } of links) {
    at(position - first, from).out += sessions;
    at(position - first + 1, to).into += sessions;
  }
  const columns = [...drafts.values()].reduce((max, d) => Math.max(max, d.column + 1), 0);
  const byColumn = Array.from({ length: columns }, (_, c) =>
    [...drafts.values()].filter((d) => d.column === c).sort((a, b) => size(b) - size(a)),
  );
  const most = Math.max(1, ...byColumn.map((column) => column.reduce((sum, d) => sum + size(d), 0)));
  const rows = Math.max(1, ...byColumn.map((column) => column.length));
  const scale = HEIGHT / most;
  const nodes = byColumn.flatMap((column) => stack(column, scale));
  return { columns, height: HEIGHT + rows * GAP, nodes, links: bandsOf(links, first, nodes, scale) };
}

const size = ({ into, out }: Draft): number => Math.max(into, out);

function stack(column: readonly Draft[], scale: number): SankeyNode[] {
  let y = GAP;
  return column.map((draft) => {
    const height = Math.max(MIN, size(draft) * scale);
    const node = { column: draft.column, name: draft.name, sessions: size(draft), y, height };
    y += height + GAP;
    return node;
  });
}

function bandsOf(
  links: readonly Link[],
  first: number,
  nodes: readonly SankeyNode[],
  scale: number,
): SankeyLink[] {
  const find = (column: number, name: string) => nodes.find((n) => n.column === column && n.name === name);
  const used = new Map<string, number>();
  const place = (side: string, node: SankeyNode | undefined, thickness: number): number => {
    const key = `${side} ${node?.column} ${node?.name}`;
    const offset = used.get(key) ?? 0;
    used.set(key, offset + thickness);
    return (node?.y ?? 0) + offset + thickness / 2;
  };
  const sorted = links
    .map((link) => ({
      link,
      from: find(link.position - first, link.from),
      to: find(link.position - first + 1, link.to),
    }))
    .sort((a, b) => (a.to?.y ?? 0) - (b.to?.y ?? 0));
  const leave = new Map(sorted.map((s) => [s.link, place('out', s.from, s.link.sessions * scale)]));
  return sorted
    .sort((a, b) => (a.from?.y ?? 0) - (b.from?.y ?? 0))
    .map(({ link, to }) => ({
      ...link,
      fromY: leave.get(link) ?? 0,
      toY: place('into', to, link.sessions * scale),
      thickness: Math.max(1, link.sessions * scale),
    }));
}
