import { sourceOfWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { releaseClaims } from '@fineprint/pii-scrubber/release-claims';
import { createRecordEncoder, type KafkaConnection, type SchemaRegistry } from '@fineprint/stream-runtime';
import { destinations, forwarderOf, type NodeName, replayTopics } from '@fineprint/topology';
import { CliError } from '../errors.ts';
import { gatewayTarget } from '../send/gateway-target.ts';
import { createGatewayWay } from './gateway-way.ts';
import { createPostReplay } from './post-replay.ts';
import { createRawWay } from './raw-way.ts';
import { createReplayTopicWay } from './replay-topic-way.ts';
import { type ReplayWay, refuseAll } from './ways.ts';

/** Every stage's way back, and what has to be closed afterwards. */
export interface ReplayWays {
  of(stage: string): ReplayWay;
  close(): Promise<void>;
}

export interface WaysOptions {
  readonly kafka: KafkaConnection;
  readonly registry: SchemaRegistry;
  readonly redisUrl: string;
  /** For looking up whose a write key is. */
  readonly database: Parameters<typeof sourceOfWriteKey>[0];
  readonly url: string | undefined;
  readonly writeKey: string | undefined;
}

export async function openWays({ kafka, registry, redisUrl, ...gateway }: WaysOptions): Promise<ReplayWays> {
  const writer = await kafka.writer();
  const encoder = await createRecordEncoder(registry, replayTopics);
  const toGateway = await openGatewayWay(gateway);
  const ways: Partial<Record<NodeName, ReplayWay>> = {
    'pii-scrubber': createRawWay(writer, (claims) => releaseClaims(redisUrl, claims)),
    'ingest-gateway': toGateway,
    'warehouse-loader': createReplayTopicWay('warehouse-loader', writer, encoder),
    'postgres-loader': createReplayTopicWay('postgres-loader', writer, encoder),
    'ai-aggregator': refuseAll('rebuild_instead'),
    'funnel-builder': refuseAll('rebuild_instead'),
    'person-builder': refuseAll('rebuild_instead'),
    'snowflake-loader': createReplayTopicWay('snowflake-loader', writer, encoder),
    ...Object.fromEntries(
      destinations.map(forwarderOf).map((node) => [node, createReplayTopicWay(node, writer, encoder)]),
    ),
  };
  return { of: (stage) => ways[stage as NodeName] ?? refuseAll('no_way_back'), close: () => writer.close() };
}

/** Without a gateway or a key the letters of other stages can still go back. */
async function openGatewayWay({
  database,
  url,
  writeKey,
}: Pick<WaysOptions, 'database' | 'url' | 'writeKey'>): Promise<ReplayWay> {
  try {
    const asked = {
      ...(url === undefined ? {} : { url }),
      ...(writeKey === undefined ? {} : { key: writeKey }),
    };
    const target = await gatewayTarget(asked);
    const source = await sourceOfWriteKey(database, target.writeKey);
    if (source !== null)
      return createGatewayWay({ source, post: createPostReplay(target.gatewayUrl, target.writeKey) });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
  return refuseAll('no_gateway');
}
