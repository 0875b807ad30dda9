import type { Logger, ReadyReason } from '@fineprint/observability';
import { StreamError, type TopicAdmin } from '@fineprint/stream-runtime';
import { bookTopics, inputTopics, type NodeDefinition, type TopicName } from '@fineprint/topology';
import {
  type ClusterLook,
  createClusterView,
  type PartitionLag,
  type PartitionLook,
} from './cluster-view.ts';

/**
 * Looks at Kafka from outside the consumer, over a connection of its own: is it the right cluster, has it the topics, are we
 * in the group, and does the group move while there is something to read? A consumer that is stuck inside its client reports
 * nothing, so its own word is not enough.
 */
export interface ClusterWatch {
  reasons(): readonly ReadyReason[];
  /** Kafka has answered, and is as it must be. */
  isFine(): boolean;
  mustStop(): boolean;
  lag(): number | undefined;
  lags(): readonly PartitionLag[];
  stop(): Promise<void>;
}

export interface ClusterWatchOptions {
  readonly connect: () => Promise<TopicAdmin>;
  readonly node: Pick<NodeDefinition, 'group' | 'routes' | 'deadLetter'>;
  /** The cluster that is meant; undefined: the first one seen. */
  readonly clusterId: string | undefined;
  readonly memberId: () => string | null;
  readonly log: Logger;
  readonly nowMs: () => number;
  readonly stallTimeoutMs: number;
}

/** While something is wrong it is looked at more often, so that a start is not longer than it has to be. */
const LOOK_EVERY_MS = { whenFine: 5_000, otherwise: 500 };
/** A broker that hangs keeps its connections, and requests wait for 30 s. */
const SILENCE_MS = 10_000;
const WARN_EVERY_MS = 30_000;

export function startClusterWatch(options: ClusterWatchOptions): ClusterWatch {
  const { nowMs, log } = options;
  const view = createClusterView(options);
  let admin: TopicAdmin | undefined;
  let answeredAtMs = nowMs();
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  let failure: ReadyReason | null = unavailable('Kafka has not answered yet');
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const fail = async (error: unknown) => {
    failure = reasonOf(error);
    if (!closed && nowMs() - warnedAtMs > WARN_EVERY_MS) {
      warnedAtMs = nowMs();
      log.warn({ err: error }, 'could not look at Kafka');
    }
    const spent = admin;
    admin = undefined; // brokers may have moved; the next look begins with the addresses that were given
    await spent?.close().catch(() => undefined); // it is of no use any more
  };
  const lookOnce = async () => {
    try {
      admin ??= await options.connect();
      view.observe(await look(admin, options.node), options.memberId());
      answeredAtMs = nowMs();
      failure = null;
    } catch (error) {
      await fail(error);
    }
  };
  const reasons = (): readonly ReadyReason[] => {
    const silentMs = nowMs() - answeredAtMs;
    const silence =
      silentMs > SILENCE_MS
        ? unavailable(`Kafka has not answered for ${Math.round(silentMs / 1_000)} s`)
        : null;
    const reason = failure ?? silence;
    return [...(reason === null ? [] : [reason]), ...view.reasons()];
  };
  const run = async (): Promise<void> => {
    await lookOnce();
    const isQuiet = reasons().length === 0 && !view.blocksStart();
    const delayMs = isQuiet ? LOOK_EVERY_MS.whenFine : LOOK_EVERY_MS.otherwise;
    if (!closed) timer = setTimeout(() => void run(), delayMs);
  };
  void run();

  return {
    reasons,
    isFine: () => failure === null && !view.blocksStart(),
    mustStop: view.mustStop,
    lag: view.lag,
    lags: view.lags,
    async stop() {
      closed = true;
      clearTimeout(timer);
      await admin?.close();
    },
  };
}

const unavailable = (message: string): ReadyReason => ({ code: 'kafka_unavailable', message });

/** Kafka is away, or it is there and does not let us in. */
function reasonOf(error: unknown): ReadyReason {
  if (error instanceof StreamError) return { code: error.code, message: error.message };
  return unavailable(`Kafka does not answer: ${error instanceof Error ? error.message : String(error)}`);
}

async function look(admin: TopicAdmin, node: ClusterWatchOptions['node']): Promise<ClusterLook> {
  const inputs = inputTopics(node);
  const outputs = Object.values(node.routes).flat();
  const all = new Set<TopicName>([
    ...inputs,
    ...outputs,
    ...bookTopics,
    ...(node.deadLetter === null ? [] : [node.deadLetter]),
  ]);
  const clusterId = await admin.clusterId();
  const topicProblems = await admin.topicProblems([...all]);
  if (topicProblems.length > 0 || node.group === null)
    return { clusterId, topicProblems, partitions: [], group: null };
  const group = await admin.groupState(node.group);
  const partitions: PartitionLook[] = [];
  for (const topic of inputs) {
    const committed = new Map(
      (await admin.committed(node.group, topic)).map((p) => [p.partition, p.nextOffset]),
    );
    for (const { partition, low, high } of await admin.watermarks(topic))
      partitions.push({
        topic,
        partition,
        low,
        high,
        committed: committed.get(partition) ?? null,
      });
  }
  return { clusterId, topicProblems, partitions, group };
}
