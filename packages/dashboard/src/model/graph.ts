import type { PipelineLive, PipelineStage } from '../api/api.gen.ts';

export type StageState = PipelineStage['state'];

/** A box of the picture. */
export interface GraphNode {
  readonly id: string;
  readonly kind: 'source' | 'stage' | 'store' | 'destination';
  readonly label: string;
  readonly stage: PipelineStage | null;
  readonly state: StageState | null;
  /** Records a second that it reads; of the gateway, that it writes. */
  readonly perSecond: number | null;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  readonly refused: number | null;
}

/** Everything that one box gives another, over however many topics. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly topics: readonly string[];
  /** Null where it is no topic, or not known. */
  readonly perSecond: number | null;
  readonly lagRecords: number;
  readonly lagSeconds: number | null;
  /** A destination that takes nothing. */
  readonly isBroken: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Stages that nobody asked for. */
  readonly unused: readonly string[];
}

const HTTP = 'HTTP';
const OTHERS = 'Other services';

/** Books and what an operator replays would bury the rest. */
const isDrawn = (topic: string) => !/^(?:pipeline|replay|dead-letter)\./.test(topic);

const add = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);
const worst = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

type Mutable = { -readonly [K in keyof GraphEdge]: GraphEdge[K] } & { topics: string[] };

/** Boxes and arrows from what the API says of stages and topics. */
export function graphOf(live: Pick<PipelineLive, 'stages' | 'topics'>): Graph {
  const used = live.stages.filter((s) => s.state !== 'not_in_use');
  const rates = new Map(live.topics.map((t) => [t.topic, t.records_per_second]));
  const edges = new Map<string, Mutable>();
  const connect = (from: string, to: string, over: Partial<Mutable> & { topic?: string }): void => {
    const key = `${from}\n${to}`;
    const known = edges.get(key) ?? {
      from,
      to,
      topics: [],
      perSecond: null,
      lagRecords: 0,
      lagSeconds: null,
      isBroken: over.isBroken ?? false,
    };
    if (over.topic !== undefined) known.topics.push(over.topic);
    known.perSecond = add(known.perSecond, over.perSecond ?? null);
    known.lagRecords += over.lagRecords ?? 0;
    known.lagSeconds = worst(known.lagSeconds, over.lagSeconds ?? null);
    edges.set(key, known);
  };
  for (const stage of used) {
    if (stage.from_requests) connect(HTTP, stage.stage, {});
    for (const read of stage.reads.filter((r) => isDrawn(r.topic)))
      for (const writer of writersOf(read.topic, stage, live.stages))
        connect(writer, stage.stage, {
          topic: read.topic,
          perSecond: rates.get(read.topic) ?? null,
          lagRecords: read.lag_records,
          lagSeconds: read.lag_seconds,
        });
    for (const store of stage.stores) connect(stage.stage, store, {});
    if (stage.destination !== null) connect(stage.stage, stage.destination, { isBroken: isAway(stage) });
  }
  return {
    nodes: [...sources(edges.values()), ...used.map((s) => stageNode(s, rates)), ...ends(used)],
    edges: [...edges.values()],
    unused: live.stages.filter((s) => s.state === 'not_in_use').map((s) => s.stage),
  };
}

const isAway = ({ reasons }: PipelineStage): boolean =>
  reasons.some((r) => r.code === 'destination_unavailable');

/** Who gives a stage a topic: others where no stage of ours writes it. What it tells itself goes nowhere. */
function writersOf(topic: string, reader: PipelineStage, all: readonly PipelineStage[]): string[] {
  const writers = all.filter((w) => w.writes.includes(topic));
  if (writers.length === 0) return [OTHERS];
  return writers.filter((w) => w.state !== 'not_in_use' && w !== reader).map((w) => w.stage);
}

const plain = (id: string, kind: GraphNode['kind']): GraphNode => ({
  id,
  kind,
  label: STORE_NAMES[id] ?? id,
  stage: null,
  state: null,
  perSecond: null,
  lagRecords: null,
  lagSeconds: null,
  refused: null,
});

const STORE_NAMES: Readonly<Record<string, string>> = {
  clickhouse: 'ClickHouse',
  postgres: 'Postgres',
  snowflake: 'Snowflake',
  mixpanel: 'Mixpanel',
  amplitude: 'Amplitude',
  segment: 'Segment',
  webhooks: 'Webhooks',
};

function sources(edges: Iterable<GraphEdge>): GraphNode[] {
  const from = new Set([...edges].map((e) => e.from));
  return [HTTP, OTHERS].filter((id) => from.has(id)).map((id) => plain(id, 'source'));
}

function ends(used: readonly PipelineStage[]): GraphNode[] {
  const stores = new Set(used.flatMap((s) => s.stores));
  const destinations = new Set(used.flatMap((s) => s.destination ?? []));
  return [
    ...[...stores].map((id) => plain(id, 'store')),
    ...[...destinations].map((id) => plain(id, 'destination')),
  ];
}

function stageNode(stage: PipelineStage, rates: ReadonlyMap<string, number | null>): GraphNode {
  const reads = stage.reads.filter((r) => isDrawn(r.topic));
  const readPerSecond = reads.map((r) => r.records_per_second).reduce(add, null);
  const written = stage.writes.filter(isDrawn).map((topic) => rates.get(topic) ?? null);
  return {
    id: stage.stage,
    kind: 'stage',
    label: stage.stage,
    stage,
    state: stage.state,
    perSecond: reads.length > 0 ? readPerSecond : stage.from_requests ? written.reduce(add, null) : null,
    lagRecords: stage.group === null ? null : stage.reads.reduce((sum, r) => sum + r.lag_records, 0),
    lagSeconds: stage.group === null ? null : stage.reads.map((r) => r.lag_seconds).reduce(worst, null),
    refused: stage.refused_last_hour,
  };
}
