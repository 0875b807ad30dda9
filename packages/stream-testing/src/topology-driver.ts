import {
  createRecordDecoder,
  createRecordEncoder,
  type InputRecord,
  processBatch,
  type RecordDecoder,
  type RecordEncoder,
  type Stage,
} from '@fineprint/stream-runtime';
import {
  inputTopics,
  type NodeName,
  nodes,
  type RecordOf,
  type TopicName,
  topics,
} from '@fineprint/topology';
import { createMemoryLog, type MemoryLog } from './memory-log.ts';
import { createMemoryRegistry, type MemoryRegistry } from './memory-registry.ts';

/** Runs stages, or the whole DAG, in memory: what is piped in has gone all the way when `pipe` resolves. */
export interface TopologyDriver {
  readonly log: MemoryLog;
  readonly registry: MemoryRegistry;
  readonly encoder: RecordEncoder;
  /** Publishes records as a producer would, then runs every stage until nothing moves. */
  pipe<T extends TopicName>(topic: T, records: readonly RecordOf<T>[], partition?: number): Promise<void>;
  /** The same with raw bytes. */
  pipeBytes(topic: TopicName, values: readonly (Buffer | null)[], partition?: number): Promise<void>;
  /** A topic's records, decoded. */
  records<T extends TopicName>(
    topic: T,
  ): Promise<(InputRecord & { partition: number; record: RecordOf<T> })[]>;
}

// biome-ignore lint/suspicious/noExplicitAny: stages of different nodes share a list; each is typed where it is made
type AnyStage = Stage<any, any, any, any>;

export async function createTopologyDriver(
  stages: readonly AnyStage[],
  nowMs: () => number,
): Promise<TopologyDriver> {
  const registry = createMemoryRegistry();
  const decoder = createRecordDecoder(registry, nowMs);
  const encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);
  const log = createMemoryLog(nowMs);
  const runs = stages.flatMap((stage) => partitionRuns(stage, { log, decoder, encoder, nowMs }));
  const settle = async () => {
    for (let moved = true; moved; ) {
      moved = false;
      for (const run of runs) moved = (await run()) || moved;
    }
  };
  return {
    log,
    registry,
    encoder,
    async pipe(topic, records, partition = 0) {
      for (const record of records) log.append(topic, partition, { value: encoder.encode(topic, record) });
      await settle();
    },
    async pipeBytes(topic, values, partition = 0) {
      for (const value of values) log.append(topic, partition, { value });
      await settle();
    },
    async records(topic) {
      const all = log.all(topic);
      await decoder.prepare(all.map((r) => r.value));
      return all.map((r) => {
        const decoded = decoder.decode(topic, r.value);
        if (!decoded.ok) throw new Error(`${topic} holds a record that does not decode: ${decoded.code}`);
        return { ...r, record: decoded.record };
      });
    },
  };
}

interface Parts {
  readonly log: MemoryLog;
  readonly decoder: RecordDecoder;
  readonly encoder: RecordEncoder;
  readonly nowMs: () => number;
}

/** One step function per partition that the stage reads; each answers whether anything moved. */
function partitionRuns(stage: AnyStage, { log, decoder, encoder, nowMs }: Parts): (() => Promise<boolean>)[] {
  return inputTopics(nodes[stage.node as NodeName]).flatMap((topic) =>
    Array.from({ length: topics[topic].partitions }, (_, partition) => {
      const state: unknown = stage.createState();
      let position = 0;
      return async () => {
        const records = log.read(topic, partition).slice(position);
        if (records.length === 0) return false;
        position += records.length;
        const batch = { topic, partition, records, nextOffset: position, highWatermark: position };
        const { writes } = await processBatch(stage, state, batch, { decoder, encoder }, nowMs());
        await log.write(writes);
        return true;
      };
    }),
  );
}
