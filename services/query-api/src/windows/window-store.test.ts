import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Question } from '../clickhouse/warehouse.ts';
import { encodeBlock } from '../testing/encode-block.ts';
import { DAY_MS, HOUR_MS, levels, MINUTE_MS } from './cover.ts';
import { createWindowStore, type Piece } from './window-store.ts';

/** A table of minutes with some requests each, which tests change. */
function fakeTable(requestsOf: Map<number, number>) {
  const asked: { from: number; to: number }[] = [];
  let directoryReadings = 0;
  let failing = false;
  const fail = () => {
    if (failing) throw new Error('away');
  };
  return {
    asked,
    readings: () => directoryReadings,
    setFailing: (value: boolean) => {
      failing = value;
    },
    warehouse: {
      async rows<T>(): Promise<T[]> {
        directoryReadings++;
        fail();
        const hours = new Map<number, string>();
        for (const [minute, requests] of [...requestsOf].sort(([a], [b]) => a - b)) {
          const hour = Math.floor((minute * MINUTE_MS) / HOUR_MS);
          hours.set(hour, `${hours.get(hour) ?? ''}/${minute}=${requests}`);
        }
        return [{ hours: [...hours] }] as T[];
      },
      async binary({ values }: Question): Promise<Buffer> {
        fail();
        const [from, to] = [Number(values['from']), Number(values['to'])];
        asked.push({ from, to });
        const rows = [...requestsOf]
          .map(([minute, requests]) => ({ startMs: minute * MINUTE_MS, requests }))
          .filter(({ startMs }) => startMs >= from && startMs < to)
          .sort((a, b) => a.startMs - b.startMs);
        return encodeBlock(
          rows.map(({ startMs, requests }) => ({
            startMs,
            series: ['m', '1', '', '', ''],
            numbers: { requests },
          })),
        );
      },
    },
  };
}

function requestsIn(pieces: readonly Piece[]): number {
  let sum = 0;
  for (const { block, from, to } of pieces) {
    const width = block.numbers.length / Math.max(1, block.rows);
    for (let row = from; row < to; row++) sum += block.numbers[row * width] ?? 0;
  }
  return sum;
}

const minute = fc.integer({ min: 0, max: 3 * 1_440 });

describe('the window store', () => {
  it('holds exactly the requests of any range, also after changes and with hardly any memory', async () => {
    const step = fc.record({ a: minute, b: minute, level: fc.constantFrom(...levels), change: minute });
    const property = fc.asyncProperty(
      fc.array(minute, { maxLength: 40 }),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(1, 1 << 20),
      async (filled, steps, maxBytes) => {
        const requestsOf = new Map(filled.map((m, i) => [m, i + 1]));
        const store = createWindowStore({ warehouse: fakeTable(requestsOf).warehouse, maxBytes });
        for (const [i, { a, b, level, change }] of steps.entries()) {
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const range = { fromMs: from * MINUTE_MS, toMs: to * MINUTE_MS };
          const expected = [...requestsOf].filter(([m]) => m >= from && m < to);
          const pieces = await store.read(range, `v${i}`, level);
          expect(requestsIn(pieces)).toBe(expected.reduce((sum, [, n]) => sum + n, 0));
          requestsOf.set(change, (requestsOf.get(change) ?? 0) + 100);
        }
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  it('reads each hour once, and again only when it has changed', async () => {
    const requestsOf = new Map(Array.from({ length: 48 }, (_, hour) => [hour * 60 + 7, 1]));
    const table = fakeTable(requestsOf);
    const store = createWindowStore({ warehouse: table.warehouse, maxBytes: 1 << 24 });
    const all = { fromMs: 0, toMs: 2 * DAY_MS };
    expect(requestsIn(await store.read(all, 'v1', 'day'))).toBe(48);
    expect(requestsIn(await store.read({ fromMs: HOUR_MS / 2, toMs: DAY_MS }, 'v1', 'minute'))).toBe(23);
    expect([table.asked.length, table.readings()]).toEqual([2, 1]);
    requestsOf.set(30 * 60, 5);
    expect(requestsIn(await store.read(all, 'v2', 'hour'))).toBe(53);
    expect(table.asked.slice(2)).toEqual([{ from: 30 * HOUR_MS, to: 31 * HOUR_MS }]);
    expect(table.readings()).toBe(2);
  });

  it('asks once for what many want at a time', async () => {
    const table = fakeTable(new Map([[5, 1]]));
    const store = createWindowStore({ warehouse: table.warehouse, maxBytes: 1 << 20 });
    const range = { fromMs: 0, toMs: DAY_MS };
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.read(range, 'v', 'day')));
    expect(answers.map(requestsIn)).toEqual(Array(20).fill(1));
    expect([table.asked.length, table.readings()]).toEqual([1, 1]);
  });

  it('fails while ClickHouse does, and not afterwards', async () => {
    const table = fakeTable(new Map([[5, 1]]));
    const store = createWindowStore({ warehouse: table.warehouse, maxBytes: 1 << 20 });
    const range = { fromMs: 0, toMs: DAY_MS };
    table.setFailing(true);
    await expect(store.read(range, 'v', 'day')).rejects.toThrow('away');
    table.setFailing(false);
    expect(requestsIn(await store.read(range, 'v', 'day'))).toBe(1);
  });

  it('reads ahead newest first, and not beyond its memory', async () => {
    const table = fakeTable(new Map(Array.from({ length: 30 * 24 }, (_, hour) => [hour * 60, 1])));
    const store = createWindowStore({ warehouse: table.warehouse, maxBytes: 200_000 });
    await store.warmUp({ fromMs: 0, toMs: 30 * DAY_MS - 1 }, 'v');
    expect(table.asked[0]).toEqual({ from: 29 * DAY_MS, to: 30 * DAY_MS });
    expect(table.asked.length).toBeLessThan(30);
    expect(store.sizeBytes()).toBeLessThanOrEqual(200_000);
  });
});
