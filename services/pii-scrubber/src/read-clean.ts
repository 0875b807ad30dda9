import { type KafkaConnection, parseWire, peekEventId, sourceOffsetOf } from '@fineprint/stream-runtime';
import { nodes, type TopicName } from '@fineprint/topology';
import type { Place } from './dedup-index.ts';
import type { ReadClean } from './redis-dedup-index.ts';

/** Clean topic → the raw topic it is made from, by the topology. */
const rawOf = new Map<TopicName, TopicName>(
  Object.entries(nodes['pii-scrubber'].routes).flatMap(([raw, outputs]) =>
    outputs.map((clean) => [clean, raw as TopicName] as const),
  ),
);

/** Reads back which raw place each event id in the clean topics was made from. Nothing is decoded. */
export function readCleanFrom(kafka: Pick<KafkaConnection, 'readRange'>): ReadClean {
  return (sinceMs, onEntries) =>
    kafka.readRange({
      topics: [...rawOf.keys()],
      sinceMs,
      onRecords: (topic, partition, records) => {
        const raw = rawOf.get(topic);
        const entries = records.flatMap((record): { id: string; place: Place }[] => {
          const wire = parseWire(record.value);
          const id = wire === null ? null : peekEventId(wire.datum);
          const offset = sourceOffsetOf(record);
          if (raw === undefined || id === null || offset === null) return [];
          return [{ id: id.toLowerCase(), place: { topic: raw, partition, offset } }];
        });
        return onEntries(entries);
      },
    });
}
