import type { TopicName } from './topics.ts';

/** What records may begin with other than a topic: a request, or the clock (a node that asks a store what it holds). */
export const origins = ['http', 'schedule'] as const;
export type Origin = (typeof origins)[number];

type DeadLetterTopic = Extract<TopicName, `dead-letter.${string}`>;

/** One process of the DAG. */
export interface NodeDefinition {
  /** Kafka consumer group; null for a node that reads no topic. */
  readonly group: string | null;
  /** Input topic → the topics its records may go on to. What starts otherwise stands under its origin. */
  readonly routes: Readonly<Partial<Record<TopicName | Origin, readonly TopicName[]>>>;
  /** Where what it refuses goes; null for a node that is given nothing it could refuse. */
  readonly deadLetter: DeadLetterTopic | null;
  /** Stores it writes. */
  readonly stores: readonly ('clickhouse' | 'postgres' | 'snowflake')[];
  /** May read topics classified `pii`. */
  readonly cleared: boolean;
  /** Runs only where somebody asks for it: nothing is behind while it does not. */
  readonly optional?: true;
}

/** What a forwarder does, whichever its destination: each has a group of its own, so none waits for another. */
const forwards = ['sinks.deliveries'] as const;

/** Every node. The one place a route is named. */
export const nodes = {
  'ingest-gateway': {
    group: null,
    routes: { http: ['product.events.raw', 'ai.requests.raw', 'ai.feedback.raw', 'consent.updates'] },
    deadLetter: 'dead-letter.ingest-gateway',
    stores: [],
    cleared: true,
  },
  'pii-scrubber': {
    group: 'fineprint.pii-scrubber',
    routes: {
      'product.events.raw': ['product.events.clean'],
      'ai.requests.raw': ['ai.requests.clean'],
      'ai.feedback.raw': ['ai.feedback.clean'],
      'consent.updates': ['consent.clean'],
    },
    deadLetter: 'dead-letter.pii-scrubber',
    stores: [],
    cleared: true,
  },
  'ai-aggregator': {
    group: 'fineprint.ai-aggregator',
    routes: { 'ai.requests.clean': ['ai.metrics'] },
    deadLetter: 'dead-letter.ai-aggregator',
    stores: [],
    cleared: false,
  },
  'drift-monitor': {
    group: null,
    routes: { schedule: ['ai.drift', 'alerts'] },
    deadLetter: null,
    stores: [],
    cleared: false,
  },
  reconciler: {
    group: null,
    routes: { schedule: ['alerts'] },
    deadLetter: null,
    stores: [],
    cleared: false,
  },
  'job-runner': {
    group: null,
    routes: { schedule: ['quality.results', 'alerts', 'audit.anchors'] },
    deadLetter: null,
    stores: ['clickhouse', 'postgres'],
    cleared: false,
  },
  // It finds alerts by the clock, and tells people of every node's alerts: how that went it learns after the record is done.
  'alert-manager': {
    group: 'fineprint.alert-manager',
    routes: { schedule: ['alerts', 'alerts.deliveries'], alerts: [] },
    deadLetter: 'dead-letter.alert-manager',
    stores: ['postgres'],
    cleared: false,
  },
  'funnel-builder': {
    group: 'fineprint.funnel-builder',
    routes: { 'product.events.clean': ['subject.behaviour'] },
    deadLetter: 'dead-letter.funnel-builder',
    stores: [],
    cleared: false,
  },
  'person-builder': {
    group: 'fineprint.person-builder',
    routes: { 'subject.behaviour': ['funnel.progress', 'cohort.membership', 'identity.links'] },
    deadLetter: 'dead-letter.person-builder',
    stores: ['postgres'],
    cleared: false,
  },
  'warehouse-loader': {
    group: 'fineprint.warehouse-loader',
    routes: {
      'product.events.clean': [],
      'ai.requests.clean': [],
      'ai.feedback.clean': [],
      'consent.clean': [],
      'ai.metrics': [],
      'ai.drift': [],
      'quality.results': [],
      alerts: [],
      'alerts.deliveries': [],
      'audit.anchors': [],
      'funnel.progress': [],
      'cohort.membership': [],
      'identity.links': [],
      'sinks.deliveries': [],
      'pipeline.ledger': [],
      'pipeline.notes': [],
      'replay.warehouse-loader': [],
    },
    deadLetter: 'dead-letter.warehouse-loader',
    stores: ['clickhouse'],
    cleared: false,
  },
  'postgres-loader': {
    group: 'fineprint.postgres-loader',
    routes: { 'product.events.clean': [], 'ai.requests.clean': [], 'replay.postgres-loader': [] },
    deadLetter: 'dead-letter.postgres-loader',
    stores: ['postgres'],
    cleared: false,
  },
  'forwarder-mixpanel': {
    group: 'fineprint.forwarder-mixpanel',
    routes: { 'product.events.clean': forwards, 'replay.forwarder-mixpanel': forwards },
    deadLetter: 'dead-letter.forwarder-mixpanel',
    stores: [],
    cleared: false,
    optional: true,
  },
  'forwarder-amplitude': {
    group: 'fineprint.forwarder-amplitude',
    routes: { 'product.events.clean': forwards, 'replay.forwarder-amplitude': forwards },
    deadLetter: 'dead-letter.forwarder-amplitude',
    stores: [],
    cleared: false,
    optional: true,
  },
  'forwarder-segment': {
    group: 'fineprint.forwarder-segment',
    routes: { 'product.events.clean': forwards, 'replay.forwarder-segment': forwards },
    deadLetter: 'dead-letter.forwarder-segment',
    stores: [],
    cleared: false,
    optional: true,
  },
  'forwarder-webhooks': {
    group: 'fineprint.forwarder-webhooks',
    routes: { 'product.events.clean': forwards, 'replay.forwarder-webhooks': forwards },
    deadLetter: 'dead-letter.forwarder-webhooks',
    stores: [],
    cleared: false,
    optional: true,
  },
  'snowflake-loader': {
    group: 'fineprint.snowflake-loader',
    routes: {
      'product.events.clean': [],
      'ai.requests.clean': [],
      'ai.feedback.clean': [],
      'consent.clean': [],
      'ai.metrics': [],
      'ai.drift': [],
      alerts: [],
      'funnel.progress': [],
      'cohort.membership': [],
      'identity.links': [],
      'replay.snowflake-loader': [],
    },
    deadLetter: 'dead-letter.snowflake-loader',
    stores: ['snowflake'],
    cleared: false,
    optional: true,
  },
} as const satisfies Record<string, NodeDefinition>;

export type NodeName = keyof typeof nodes;

/** Topics that services outside this repository publish to, with the same contract as HTTP. */
export const openTopics = [
  'product.events.raw',
  'ai.requests.raw',
  'ai.feedback.raw',
  'consent.updates',
] as const satisfies readonly TopicName[];

/** Topics that an operator's replay of dead letters writes: each is read by the one node that refused them. */
export const replayTopics = [
  'replay.warehouse-loader',
  'replay.postgres-loader',
  'replay.forwarder-mixpanel',
  'replay.forwarder-amplitude',
  'replay.forwarder-segment',
  'replay.forwarder-webhooks',
  'replay.snowflake-loader',
] as const satisfies readonly TopicName[];
export type ReplayTopic = (typeof replayTopics)[number];

/** What product events go on to outside: a node each, which runs only where it is configured. */
export const destinations = ['mixpanel', 'amplitude', 'segment', 'webhooks'] as const;
export type DestinationName = (typeof destinations)[number];
export type ForwarderName = `forwarder-${DestinationName}`;

export const forwarderOf = (destination: DestinationName): ForwarderName => `forwarder-${destination}`;

/** Whether a node runs only where somebody asks for it. */
export function isOptional(node: NodeName): boolean {
  const { optional }: NodeDefinition = nodes[node];
  return optional === true;
}

/** The topics a node reads; an origin is none. */
export function inputTopics(node: Pick<NodeDefinition, 'routes'>): TopicName[] {
  return Object.keys(node.routes).filter((t): t is TopicName => !origins.some((origin) => origin === t));
}

/** Where a node that reads topics sends what it refuses. */
export function deadLetterOf(node: NodeName): DeadLetterTopic {
  const { deadLetter }: NodeDefinition = nodes[node];
  if (deadLetter === null) throw new Error(`node ${node} has no dead letter topic, so it cannot refuse`);
  return deadLetter;
}
