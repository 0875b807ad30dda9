import { topics } from '@fineprint/topology';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { OutputRecord } from '../ports.ts';
import { murmur2, partitionOf } from './partition-of.ts';

const TOPIC = 'product.events.raw';
const record = (key: Buffer | null): OutputRecord => ({ topic: TOPIC, key, value: Buffer.alloc(1) });
const count = topics[TOPIC].partitions;

describe('partitionOf', () => {
  it('keeps a given partition, gives a key always the same, and spreads what has none', () => {
    expect(partitionOf({ ...record(Buffer.from('user-1')), partition: 5 })).toBe(5);
    expect(partitionOf(record(Buffer.from('user-1')))).toBe(2);
    const spread = new Set(Array.from({ length: 100 }, () => partitionOf(record(null))));
    expect(spread.size).toBe(count);
  });

  it('chooses as kafkajs does, whatever the key', () => {
    const choose = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
      ...{ partitionErrorCode: 0, partitionId, leader: 0, replicas: [], isr: [] },
    }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const key = Buffer.from(bytes);
        const message = { key, value: null };
        expect(partitionOf(record(key))).toBe(choose({ topic: TOPIC, partitionMetadata, message }));
      }),
    );
  });

  it('hashes as Kafka does', () => {
    // Of Kafka's own UtilsTest.
    const known = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 };
    for (const [key, hash] of Object.entries(known)) expect(murmur2(Buffer.from(key))).toBe(hash);
  });
});
