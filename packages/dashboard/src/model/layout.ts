/** What is laid out: boxes by name and height, and arrows. */
export interface LayoutInput {
  readonly nodes: readonly { readonly id: string; readonly isStart: boolean; readonly isEnd: boolean }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface PlacedNode {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** An SVG path. */
  readonly path: string;
  /** Where it arrives. */
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export const BOX_WIDTH = 174;
const COLUMN_GAP = 72;
const BOX_HEIGHT = 68;
/** Between two arrows at one side of a box: their labels stand below each other. */
const PORT_GAP = 16;
const ROW_GAP = 16;
const THREAD_HEIGHT = 12;
const SWEEPS = 12;

/** A box, or the way of a long arrow through a column. */
interface Slot {
  readonly id: string;
  readonly column: number;
  readonly isThread: boolean;
  readonly height: number;
  readonly before: string[];
  readonly after: string[];
  y: number;
}

/** Boxes in columns from left to right, arrows through the gaps. The same picture for the same input. */
export function layOut(input: LayoutInput): Layout {
  const columns = columnsOf(input);
  const slots = new Map<string, Slot>();
  const ports = portCounts(input);
  for (const { id } of input.nodes) {
    const { into, out } = ports.get(id) ?? { into: 0, out: 0 };
    const height = Math.max(BOX_HEIGHT, Math.max(into, out) * PORT_GAP + 10);
    slots.set(id, { id, column: columns.get(id) ?? 0, isThread: false, height, before: [], after: [], y: 0 });
  }
  const ways = input.edges.map((edge) => thread(edge, slots));
  const byColumn = orderColumns(slots);
  placeRows(byColumn, slots);
  const height = Math.max(0, ...[...slots.values()].map((s) => s.y + s.height));
  const last = Math.max(0, ...[...slots.values()].map((s) => s.column));
  return {
    nodes: input.nodes.map(({ id }) => boxOf(slots.get(id))),
    edges: drawEdges(input.edges, ways, slots),
    width: last * (BOX_WIDTH + COLUMN_GAP) + BOX_WIDTH,
    height,
  };
}

const xOf = (column: number): number => column * (BOX_WIDTH + COLUMN_GAP);

function boxOf(slot: Slot | undefined): PlacedNode {
  const { id = '', column = 0, y = 0, height = 0 } = slot ?? {};
  return { id, x: xOf(column), y, width: BOX_WIDTH, height };
}

function portCounts({ edges }: LayoutInput): Map<string, { into: number; out: number }> {
  const counts = new Map<string, { into: number; out: number }>();
  const of = (id: string) => {
    const known = counts.get(id) ?? { into: 0, out: 0 };
    counts.set(id, known);
    return known;
  };
  for (const { from, to } of edges) {
    of(from).out++;
    of(to).into++;
  }
  return counts;
}

/** What starts lead to stands as far left as it may, all else next to what it goes to; ends stand at the right. */
function columnsOf({ nodes, edges }: LayoutInput): Map<string, number> {
  const columns = new Map(nodes.map((n) => [n.id, 0]));
  const at = (id: string) => columns.get(id) ?? 0;
  for (let round = 0; round < nodes.length; round++)
    for (const { from, to } of edges)
      if (at(to) <= at(from)) columns.set(to, Math.min(at(from) + 1, nodes.length));
  const last = Math.max(0, ...columns.values());
  for (const { id, isEnd } of nodes) if (isEnd) columns.set(id, last);
  const reached = reachedFrom(
    nodes.filter((n) => n.isStart).map((n) => n.id),
    edges,
  );
  for (let round = 0; round < nodes.length; round++)
    for (const { id, isEnd } of nodes) {
      const next = edges.filter((e) => e.from === id).map((e) => at(e.to));
      if (!isEnd && !reached.has(id) && next.length > 0) columns.set(id, Math.max(0, Math.min(...next) - 1));
    }
  return columns;
}

/** What lies behind these; not they themselves. */
function reachedFrom(starts: readonly string[], edges: LayoutInput['edges']): Set<string> {
  const reached = new Set<string>();
  for (let open = [...starts]; open.length > 0; ) {
    const next = edges.filter((e) => open.includes(e.from) && !reached.has(e.to)).map((e) => e.to);
    for (const id of next) reached.add(id);
    open = next;
  }
  return reached;
}

/** The slots that an arrow runs through, from box to box. */
function thread({ from, to }: { from: string; to: string }, slots: Map<string, Slot>): string[] {
  const [start, end] = [slots.get(from)?.column ?? 0, slots.get(to)?.column ?? 0];
  const way = [from];
  for (let column = start + 1; column < end; column++) {
    const id = `${from}\n${to}\n${column}`;
    slots.set(id, { id, column, isThread: true, height: THREAD_HEIGHT, before: [], after: [], y: 0 });
    way.push(id);
  }
  way.push(to);
  for (const [i, id] of way.entries()) {
    const next = way[i + 1];
    if (next === undefined) break;
    slots.get(id)?.after.push(next);
    slots.get(next)?.before.push(id);
  }
  return way;
}

const mean = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Neighbours beside each other, so that few arrows cross. */
function orderColumns(slots: ReadonlyMap<string, Slot>): Slot[][] {
  const byColumn: Slot[][] = [];
  for (const slot of slots.values()) {
    const column = byColumn[slot.column] ?? [];
    column.push(slot);
    byColumn[slot.column] = column;
  }
  const rank = new Map<string, number>();
  const note = (column: readonly Slot[]) => {
    for (const [i, slot] of column.entries()) rank.set(slot.id, i / Math.max(1, column.length));
  };
  for (const column of byColumn) note(column ?? []);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const column of isForward ? byColumn : [...byColumn].reverse()) {
      const weight = (slot: Slot) =>
        mean((isForward ? slot.before : slot.after).map((id) => rank.get(id) ?? 0)) ?? rank.get(slot.id) ?? 0;
      const weights = new Map(column.map((slot) => [slot.id, weight(slot)]));
      column.sort((a, b) => (weights.get(a.id) ?? 0) - (weights.get(b.id) ?? 0));
      note(column);
    }
  }
  return byColumn;
}

/** Rows near those of the neighbours, without one box over another. */
function placeRows(byColumn: readonly Slot[][], slots: ReadonlyMap<string, Slot>): void {
  const centre = (id: string) => {
    const slot = slots.get(id);
    return slot === undefined ? 0 : slot.y + slot.height / 2;
  };
  for (const column of byColumn)
    stack(
      column,
      column.map((_, i) => i * BOX_HEIGHT),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const column of sweep % 2 === 0 ? byColumn : [...byColumn].reverse()) {
      const wished = column.map(
        (slot) => (mean([...slot.before, ...slot.after].map(centre)) ?? centre(slot.id)) - slot.height / 2,
      );
      stack(column, wished);
    }
  const top = Math.min(...[...slots.values()].map((s) => s.y));
  for (const slot of slots.values()) slot.y = Math.round(slot.y - top);
}

const gapAfter = (slot: Slot): number => (slot.isThread ? ROW_GAP / 2 : ROW_GAP);

/** Each where it wishes to be, pushed down by the one above; then all back by the mean of it, and down again where there is room. */
function stack(column: readonly Slot[], wished: readonly number[]): void {
  let free = Number.NEGATIVE_INFINITY;
  let pushed = 0;
  for (const [i, slot] of column.entries()) {
    slot.y = Math.max(wished[i] ?? 0, free);
    pushed += slot.y - (wished[i] ?? 0);
    free = slot.y + slot.height + gapAfter(slot);
  }
  const back = column.length === 0 ? 0 : pushed / column.length;
  let limit = Number.POSITIVE_INFINITY;
  for (const [i, slot] of [...column.entries()].reverse()) {
    const lowest = limit - slot.height - gapAfter(slot);
    slot.y = Math.min(Math.max(slot.y - back, wished[i] ?? 0), lowest);
    limit = slot.y;
  }
}

/** Arrows leave and arrive in the order of where they come from and go to, so that they do not cross at a box. */
function drawEdges(
  edges: readonly { readonly from: string; readonly to: string }[],
  ways: readonly string[][],
  slots: ReadonlyMap<string, Slot>,
): PlacedEdge[] {
  const centre = (id: string | undefined) => {
    const slot = id === undefined ? undefined : slots.get(id);
    return slot === undefined ? 0 : slot.y + slot.height / 2;
  };
  const portOf = (box: string, way: string[], side: 'into' | 'out'): number => {
    const slot = slots.get(box);
    const next = (w: readonly string[]) => (side === 'out' ? w[1] : w.at(-2));
    const all = ways
      .filter((w) => (side === 'out' ? w[0] : w.at(-1)) === box)
      .sort((a, b) => centre(next(a)) - centre(next(b)));
    const offset = (all.indexOf(way) - (all.length - 1) / 2) * PORT_GAP;
    return (slot?.y ?? 0) + (slot?.height ?? 0) / 2 + offset;
  };
  return edges.map(({ from, to }, i) => {
    const way = ways[i] ?? [];
    let x = xOf(slots.get(from)?.column ?? 0) + BOX_WIDTH;
    let y = portOf(from, way, 'out');
    let path = `M${x},${y}`;
    for (const [step, id] of way.entries()) {
      const slot = slots.get(id);
      if (step === 0 || slot === undefined) continue;
      const toX = xOf(slot.column);
      const toY = slot.isThread ? centre(id) : portOf(to, way, 'into');
      const bend = COLUMN_GAP / 2;
      path += `C${x + bend},${y} ${toX - bend},${toY} ${toX},${toY}`;
      if (slot.isThread) path += `H${toX + BOX_WIDTH}`;
      x = toX + BOX_WIDTH;
      y = toY;
    }
    return { from, to, path, x: x - BOX_WIDTH, y };
  });
}
