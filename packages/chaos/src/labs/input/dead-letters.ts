import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter } from '@fineprint/schemas';
import { connectRegistry, createRecordDecoder, type InputRecord } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import type { Target } from '../../target.ts';

const TOPIC = 'dead-letter.pii-scrubber';
const FOUND_WITHIN_MS = 180_000;
const POLL_MS = 1_000;

/** Key → the record as it lies in a topic, of those that were written since. */
export async function recordsByKey(
  target: Target,
  topics: readonly TopicName[],
  sinceMs: number,
  isOurs: (key: string) => boolean,
): Promise<Map<string, InputRecord & { topic: TopicName; partition: number }>> {
  const found = new Map<string, InputRecord & { topic: TopicName; partition: number }>();
  await target.kafka.readRange({
    topics,
    sinceMs,
    onRecords: async (topic, partition, records) => {
      for (const record of records) {
        const key = record.key?.toString() ?? '';
        if (isOurs(key)) found.set(key, { ...record, topic, partition });
      }
    },
  });
  return found;
}

/** The scrubber's dead letters of records with these keys: waits until each has one, or a minute. */
export async function deadLettersByKey(
  target: Target,
  keys: ReadonlySet<string>,
  sinceMs: number,
): Promise<Map<string, DeadLetter[]>> {
  const decoder = createRecordDecoder(connectRegistry(target.stack.endpoints.schemaRegistryUrl), Date.now);
  const deadlineMs = Date.now() + FOUND_WITHIN_MS;
  for (;;) {
    const found = new Map<string, DeadLetter[]>();
    await target.kafka.readRange({
      topics: [TOPIC],
      sinceMs,
      onRecords: async (_topic, _partition, records) => {
        await decoder.prepare(records.map((r) => r.value));
        for (const { value } of records) {
          const decoded = decoder.decode(TOPIC, value);
          const key = decoded.ok ? (decoded.record.key?.toString() ?? '') : '';
          if (decoded.ok && keys.has(key)) found.set(key, [...(found.get(key) ?? []), decoded.record]);
        }
      },
    });
    if (found.size >= keys.size || Date.now() > deadlineMs) return found;
    await sleep(POLL_MS);
  }
}
