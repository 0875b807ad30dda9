import type { OutputRecord, ProducerLike } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import type { Remote } from './remote.ts';
import type { SimLog } from './sim-log.ts';
import type { SimProcess } from './sim-process.ts';

export interface ProducerParts {
  readonly process: SimProcess;
  readonly broker: Remote;
  readonly log: SimLog;
}

/** Partitions have their leaders on two brokers, so a request may be taken in part. */
const BROKERS = 2;

/**
 * An idempotent producer: what one call sends is appended once, in order per partition, or not at all. An answer that got
 * lost, or comes after the caller has given up, leaves the outcome open. Requests to different leaders are separate.
 */
export function createProducer({ process, broker, log }: ProducerParts): ProducerLike {
  const send = async (
    batches: readonly { readonly partition: number; readonly records: readonly OutputRecord[] }[],
  ) => {
    const what = batches
      .map((b) => `${b.records[0]?.topic ?? ''}/${b.partition}×${b.records.length}`)
      .join(' ');
    await process.call(broker, `produce ${what}`, () => {
      for (const { partition, records } of batches) for (const r of records) log.append(partition, r);
    });
  };
  return {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    async sendBatch({ topicMessages = [] }) {
      const batches = topicMessages.flatMap(({ topic, messages }) =>
        [...Map.groupBy(messages, (m) => m.partition ?? 0)].map(([partition, list]) => ({
          partition,
          records: list.map(
            (m): OutputRecord => ({
              topic: topic as TopicName,
              key: m.key === null || m.key === undefined ? null : Buffer.from(m.key),
              value: m.value === null ? null : Buffer.from(m.value),
              headers: (m.headers ?? {}) as Record<string, string>,
              ...(m.timestamp === undefined ? {} : { timestampMs: Number(m.timestamp) }),
            }),
          ),
        })),
      );
      const byLeader = Map.groupBy(batches, (b) => b.partition % BROKERS);
      await Promise.all([...byLeader.values()].map(send));
      return [];
    },
  };
}
