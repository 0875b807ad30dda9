import { type TopicName, topics } from '@fineprint/topology';
import type { OutputRecord } from '../ports.ts';

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Where records without a key go next, by topic. */
const turns = new Map<TopicName, number>();

/** A record's partition: the one given, or the one that Kafka's Java client would choose for the key; without a key each in turn. */
export function partitionOf({ topic, partition, key }: OutputRecord): number {
  if (partition !== undefined) return partition;
  const count = topics[topic].partitions;
  if (key !== null) return (murmur2(key) & 0x7fffffff) % count;
  const turn = turns.get(topic) ?? Math.floor(Math.random() * count);
  turns.set(topic, turn + 1);
  return turn % count;
}

/** MurmurHash2 with the seed that Kafka's clients agree on, as a signed 32-bit integer (org.apache.kafka.common.utils.Utils). */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const whole = length & ~3;
  let h = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    let k = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    k = Math.imul(k, M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length - whole;
  if (rest === 3) h ^= at(bytes, whole + 2) << 16;
  if (rest >= 2) h ^= at(bytes, whole + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ at(bytes, whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

const at = (bytes: Uint8Array, i: number): number => bytes[i] ?? 0;
