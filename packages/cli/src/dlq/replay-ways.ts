import { releaseClaims } from '@fineprint/pii-scrubber/release-claims';
import { createRecordEncoder, type KafkaConnection, type SchemaRegistry } from '@fineprint/stream-runtime';
import type { NodeName } from '@fineprint/topology';
import { createLoaderWay } from './loader-way.ts';
import { createRawWay } from './raw-way.ts';
import { type ReplayWay, refuseAll } from './ways.ts';

/** Every stage's way back, and what has to be closed afterwards. */
export interface ReplayWays {
  of(stage: string): ReplayWay;
  close(): Promise<void>;
}

export async function openWays(
  kafka: KafkaConnection,
  registry: SchemaRegistry,
  redisUrl: string,
): Promise<ReplayWays> {
  const writer = await kafka.writer();
  const encoder = await createRecordEncoder(registry, ['replay.warehouse-loader']);
  const ways: Partial<Record<NodeName, ReplayWay>> = {
    'pii-scrubber': createRawWay(writer, (claims) => releaseClaims(redisUrl, claims)),
    'warehouse-loader': createLoaderWay(writer, encoder),
    'ai-aggregator': refuseAll('rebuild_instead'),
    'funnel-builder': refuseAll('rebuild_instead'),
    'person-builder': refuseAll('rebuild_instead'),
  };
  return { of: (stage) => ways[stage as NodeName] ?? refuseAll('no_way_back'), close: () => writer.close() };
}
