import {
  type DestinationName,
  destinations,
  forwarderOf,
  inputTopics,
  isOptional,
  type NodeDefinition,
  type NodeName,
  nodes,
  type TopicName,
} from '@fineprint/topology';
import { type PipelineLook, readKey } from './look.ts';
import type { Rates } from './rates.ts';

export const stageStates = [
  'ok',
  'degraded',
  'behind',
  'stuck',
  'stopped',
  'not_ready',
  'silent',
  'not_in_use',
  'unknown',
] as const;
export type StageState = (typeof stageStates)[number];

/** What one stage reads from one topic. */
export interface Reading {
  readonly stage: string;
  readonly topic: TopicName;
  readonly lagRecords: number;
  /** Age of the oldest record not read; 0 where all is read, null where it is not known. */
  readonly lagMs: number | null;
  readonly stillMs: number;
  readonly perSecond: number | null;
}

export interface StageHealth {
  readonly stage: NodeName;
  readonly group: string | null;
  readonly optional: boolean;
  readonly state: StageState;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly members: number | null;
  readonly groupState: string | null;
  readonly readings: readonly Reading[];
  readonly outputs: readonly TopicName[];
  readonly deadLetter: TopicName | null;
  readonly stores: readonly string[];
  readonly destination: DestinationName | null;
}

/** Seen for so long without a move while records wait: a commit takes seconds at most. */
export const STUCK_MS = 15_000;
/** Older than this, what waits is no longer on its way. */
export const BEHIND_MS = 60_000;

type Reason = StageHealth['reasons'][number];

/** A stage says the same of each partition: it is told once, with how many more say it. */
export function gathered(reasons: readonly Reason[]): Reason[] {
  return [...Map.groupBy(reasons, (r) => r.code)].map(([code, [first, ...others]]) => {
    const message = first?.message ?? '';
    return { code, message: others.length === 0 ? message : `${message}; ${others.length} more like it` };
  });
}

/** How each stage of the topology is, from one look. */
export function judgeStages(look: PipelineLook, rates: Rates | null): StageHealth[] {
  return Object.entries<NodeDefinition>(nodes).map(([name, node]) =>
    judgeStage(name as NodeName, node, look, rates),
  );
}

function judgeStage(
  stage: NodeName,
  node: NodeDefinition,
  look: PipelineLook,
  rates: Rates | null,
): StageHealth {
  const own = look.kafka?.positions.filter((p) => p.stage === stage) ?? [];
  const readings = inputTopics(node).map((topic): Reading => {
    const lagRecords = own.filter((p) => p.topic === topic).reduce((sum, p) => sum + p.lag, 0);
    return {
      stage,
      topic,
      lagRecords,
      lagMs: lagRecords === 0 ? 0 : (look.oldestMs.get(readKey(stage, topic)) ?? null),
      stillMs: rates?.stillMs(stage, topic) ?? 0,
      perSecond: rates?.read(stage, topic) ?? null,
    };
  });
  const group = look.kafka?.groups.find((g) => g.group === node.group);
  const neverRan = isOptional(stage) && own.every((p) => p.committed === null);
  const said = look.said.find((s) => s.stage === stage);
  return {
    stage,
    group: node.group,
    optional: isOptional(stage),
    state: neverRan && said === undefined ? 'not_in_use' : stateOf(node, look, readings, group?.members),
    reasons: gathered(said?.reasons ?? []),
    members: group?.members ?? null,
    groupState: group?.state ?? null,
    readings,
    outputs: [...new Set(Object.values(node.routes).flat())],
    deadLetter: node.deadLetter,
    stores: node.stores,
    destination: destinations.find((d) => forwarderOf(d) === stage) ?? null,
  };

  /** The worst that is known. What a stage says of itself comes first: it names the cause. */
  function stateOf(
    { group }: NodeDefinition,
    { kafka }: PipelineLook,
    all: readonly Reading[],
    members: number | undefined,
  ): StageState {
    if (said !== undefined && !said.answered) return 'silent';
    if (said !== undefined && !said.ready) return 'not_ready';
    if (group !== null && members === 0) return 'stopped';
    if (all.some((r) => r.stillMs >= STUCK_MS && (r.lagMs ?? r.stillMs) >= STUCK_MS)) return 'stuck';
    if (all.some((r) => (r.lagMs ?? 0) >= BEHIND_MS)) return 'behind';
    if (said !== undefined && said.reasons.length > 0) return 'degraded';
    if (said === undefined && (kafka === null || group === null)) return 'unknown';
    return 'ok';
  }
}
