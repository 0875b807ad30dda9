import { count, duration, rate } from '../../model/format.ts';
import { type Graph, type GraphEdge, type GraphNode, graphOf } from '../../model/graph.ts';
import { type Layout, layOut, type PlacedNode } from '../../model/layout.ts';
import { goTo } from '../../model/view.ts';
import type { Answer } from '../api.ts';
import { Link, useRouter } from '../router.tsx';
import { Badge } from './badge.tsx';
import { Table } from './table.tsx';

type Live = Answer<'GET /api/v1/pipeline/live'>;

/** What waits, in words. */
export function lagText(records: number | null, seconds: number | null): string {
  if (records === null) return '';
  if (records === 0) return 'nothing waits';
  return `${count(records)} wait${seconds === null ? '' : `, ${duration(seconds * 1_000)}`}`;
}

/** The pipeline as a picture where there is room, as a list on a phone, and as tables below. */
export function Dag({ live }: { readonly live: Live }) {
  const graph = graphOf(live);
  const layout = layOut({
    nodes: graph.nodes.map((n) => ({
      id: n.id,
      isStart: n.kind === 'source',
      isEnd: n.kind === 'store' || n.kind === 'destination',
    })),
    edges: graph.edges,
  });
  return (
    <>
      <Picture graph={graph} layout={layout} />
      <StageList graph={graph} />
      {graph.unused.length > 0 && <p class="quiet">Not in use: {graph.unused.join(', ')}.</p>}
      <details class="as-table">
        <summary>Every reader and topic</summary>
        <ReadTable live={live} />
      </details>
    </>
  );
}

const PAD = 6;

function Picture({ graph, layout }: { readonly graph: Graph; readonly layout: Layout }) {
  const at = new Map(layout.nodes.map((n) => [n.id, n]));
  const edgeOf = (from: string, to: string) => graph.edges.find((e) => e.from === from && e.to === to);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture with links in it is no fieldset
    <svg
      class="dag"
      viewBox={`${-PAD} ${-PAD} ${layout.width + 2 * PAD} ${layout.height + 2 * PAD}`}
      role="group"
      aria-label="The pipeline, from left to right"
    >
      {layout.edges.map((placed) => {
        const edge = edgeOf(placed.from, placed.to);
        return (
          <g key={`${placed.from} ${placed.to}`} class={edgeClass(edge)}>
            <title>{edge === undefined ? '' : edgeTitle(edge)}</title>
            <path d={placed.path} />
          </g>
        );
      })}
      {layout.edges.map((placed) => {
        const label = labelOf(edgeOf(placed.from, placed.to));
        return label === '' ? null : (
          <text key={`${placed.from} ${placed.to}`} class="edge-label" x={placed.x - 8} y={placed.y - 3}>
            {label}
          </text>
        );
      })}
      {graph.nodes.map((node) => {
        const box = at.get(node.id);
        return box === undefined ? null : <Box key={node.id} node={node} box={box} />;
      })}
    </svg>
  );
}

function edgeClass(edge: GraphEdge | undefined): string {
  const isLate = (edge?.lagSeconds ?? 0) >= 60 || edge?.isBroken === true;
  const isQuiet = edge === undefined || edge.perSecond === null || edge.perSecond === 0;
  return `edge ${isLate ? 'late' : isQuiet ? 'still' : 'flows'}`;
}

const edgeTitle = ({ from, to, topics, perSecond, lagRecords, lagSeconds }: GraphEdge): string =>
  topics.length === 0
    ? `${from} to ${to}`
    : `${from} to ${to}: ${topics.join(', ')}. ${rate(perSecond)}, ${lagText(lagRecords, lagSeconds)}`;

/** Younger than this, what waits is on its way. */
const LATE_SECONDS = 5;

/** How late it is, else how fast. Where nothing moves and nothing waits, the line alone says it. */
function labelOf(edge: GraphEdge | undefined): string {
  if (edge?.isBroken) return 'takes nothing';
  if (edge === undefined || edge.topics.length === 0) return '';
  const lateSeconds = edge.lagSeconds ?? 0;
  if (lateSeconds >= LATE_SECONDS) return `${duration(lateSeconds * 1_000)} late`;
  return edge.perSecond === null || edge.perSecond === 0 ? '' : rate(edge.perSecond);
}

const WORDS: Readonly<Record<string, string>> = {
  silent: 'no answer',
  not_ready: 'not ready',
};

function Box({ node, box }: { readonly node: GraphNode; readonly box: PlacedNode }) {
  const { view } = useRouter();
  const middle = box.y + box.height / 2;
  if (node.kind !== 'stage')
    return (
      <g class={`box ${node.kind}`}>
        <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={Math.min(18, box.height / 2)} />
        <text x={box.x + box.width / 2} y={middle + 5} class="name centre">
          {node.label}
        </text>
      </g>
    );
  const state = node.state ?? 'unknown';
  const word = WORDS[state] ?? state;
  const lag = lagText(node.lagRecords, node.lagSeconds);
  const refused = node.refused ? `${count(node.refused)} refused` : '';
  return (
    <Link to={goTo(view, 'operations', { stage: node.id })} class={`box stage ${state}`}>
      <title>{[node.id, word, rate(node.perSecond), lag, refused].filter(Boolean).join(', ')}</title>
      <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={6} />
      <text x={box.x + 9} y={middle - 13} class="name">
        {node.label}
      </text>
      <text x={box.x + 9} y={middle + 6} class={`state ${state}`}>
        {state === 'ok' ? '●' : '■'} {word}
        {node.perSecond === null ? '' : ` · ${rate(node.perSecond)}`}
      </text>
      <text x={box.x + 9} y={middle + 24} class={refused === '' ? 'lag' : 'lag refused'}>
        {refused === '' ? lag : `${refused} in an hour`}
      </text>
    </Link>
  );
}

/** For narrow screens: the stages one below another. */
function StageList({ graph }: { readonly graph: Graph }) {
  const { view } = useRouter();
  return (
    <ul class="stage-list">
      {graph.nodes
        .filter((n) => n.kind === 'stage')
        .map((node) => (
          <li key={node.id}>
            <Link to={goTo(view, 'operations', { stage: node.id })}>
              <b>{node.label}</b> <Badge state={node.state ?? 'unknown'} />
              <br />
              <span class="quiet">
                {[
                  rate(node.perSecond),
                  lagText(node.lagRecords, node.lagSeconds),
                  node.refused ? `${count(node.refused)} refused` : '',
                ]
                  .filter((t) => t !== '' && t !== '–')
                  .join(' · ') || 'by the clock'}
              </span>
            </Link>
          </li>
        ))}
    </ul>
  );
}

function ReadTable({ live }: { readonly live: Live }) {
  const rows = live.stages
    .filter((s) => s.state !== 'not_in_use')
    .flatMap((s) => s.reads.map((read) => ({ stage: s.stage, read })));
  const written = new Map(live.topics.map((t) => [t.topic, t]));
  return (
    <Table
      caption="Every stage and the topics it reads"
      rows={rows}
      rowKey={(r) => `${r.stage} ${r.read.topic}`}
      columns={[
        { title: 'Stage', isHead: true, cell: (r) => r.stage },
        { title: 'Reads', cell: (r) => <code>{r.read.topic}</code> },
        {
          title: 'Written',
          isNumber: true,
          isExtra: true,
          cell: (r) => rate(written.get(r.read.topic)?.records_per_second),
        },
        { title: 'Read', isNumber: true, cell: (r) => rate(r.read.records_per_second) },
        { title: 'Waiting', isNumber: true, cell: (r) => count(r.read.lag_records) },
        {
          title: 'Oldest',
          isNumber: true,
          cell: (r) =>
            r.read.lag_records === 0
              ? '–'
              : duration(r.read.lag_seconds === null ? null : r.read.lag_seconds * 1_000),
        },
      ]}
    />
  );
}
