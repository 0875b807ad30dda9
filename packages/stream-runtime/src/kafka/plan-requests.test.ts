import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutputRecord } from '../ports.ts';
import { batchLimitBytes, planRequests, recordBytes } from './plan-requests.ts';

const TOPIC = 'product.events.raw';
const record = (partition: number, size: number, n = 0): OutputRecord => ({
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
        const runs = planRequests(records, { maxRequestBytes });
        for (const request of runs)
          expect(new Set(request.map((r) => r.partition)).size).toBe(request.length);
        for (const { partition, records } of runs.flat())
          expect(records.every((r) => r.partition === partition)).toBe(true);
        const requests = runs.map((request) => request.flatMap((r) => r.records));
        for (const partition of [0, 1, 2, 3, 4, 5]) {
          const order = (all: readonly OutputRecord[]) =>
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

  it('counts headers that several records share, and others too', () => {
    const plain = recordBytes(record(0, 10));
    const shared = { name: 'value' };
    for (const headers of [shared, shared, { name: 'va' }, shared]) {
      const bytes = recordBytes({ ...record(0, 10), headers });
      expect(bytes).toBe(plain + 10 + 4 + headers.name.length);
    }
    expect(recordBytes(record(0, 10))).toBe(plain);
  });
});
