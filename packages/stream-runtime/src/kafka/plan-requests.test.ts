import { topics } from '@fineprint/topology';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchLimitBytes, type PlacedRecord, place, planRequests, recordBytes } from './plan-requests.ts';

const TOPIC = 'product.events.raw';
const record = (partition: number, size: number, n = 0): PlacedRecord => ({
  topic: TOPIC,
  partition,
  key: Buffer.from(String(n)),
  value: Buffer.alloc(size),
});

describe('planRequests', () => {
  it('keeps every record, every partition’s order and every limit', () => {
    const list = fc.array(fc.record({ partition: fc.nat(5), size: fc.nat(600_000) }), { maxLength: 40 });
    fc.assert(
      fc.property(list, fc.integer({ min: 700_000, max: 3_000_000 }), (sizes, maxRequestBytes) => {
        const records = sizes.map((s, n) => record(s.partition, s.size, n));
        const requests = planRequests(records, { maxRequestBytes });
        for (const partition of [0, 1, 2, 3, 4, 5]) {
          const order = (all: readonly PlacedRecord[]) =>
            all.filter((r) => r.partition === partition).map((r) => String(r.key));
          expect(order(requests.flat())).toEqual(order(records));
          for (const request of requests) {
            const batch = request
              .filter((r) => r.partition === partition)
              .reduce((sum, r) => sum + recordBytes(r), 0);
            expect(batch).toBeLessThanOrEqual(batchLimitBytes(record(0, 0)));
          }
        }
        for (const request of requests)
          expect(request.reduce((sum, r) => sum + recordBytes(r), 0)).toBeLessThanOrEqual(maxRequestBytes);
      }),
    );
  });

  it('is one request where that is enough', () => {
    expect(
      planRequests([record(0, 10), record(1, 10), record(0, 10)], { maxRequestBytes: 1e6 }),
    ).toHaveLength(1);
  });
});

describe('place', () => {
  it('keeps a given partition, gives a key always the same, and spreads what has none', () => {
    const at = (key: string | null, partition?: number) =>
      place({
        topic: TOPIC,
        key: key === null ? null : Buffer.from(key),
        value: Buffer.alloc(1),
        ...(partition === undefined ? {} : { partition }),
      }).partition;
    expect(at('user-1', 5)).toBe(5);
    expect(at('user-1')).toBe(2);
    const spread = new Set(Array.from({ length: 100 }, () => at(null)));
    expect(spread.size).toBe(topics[TOPIC].partitions);
  });
});
