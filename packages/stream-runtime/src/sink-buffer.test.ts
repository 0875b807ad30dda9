import { expect, it } from 'vitest';
import type { Lease } from './ports.ts';
import type { SinkRecord } from './sink.ts';
import { createSinkBuffer } from './sink-buffer.ts';
import { newPace } from './sink-lane.ts';

const LEASE: Lease = { owned: () => true, fresh: () => true, heartbeat: () => Promise.resolve() };
const record: SinkRecord = {
  input: { offset: 0, timestampMs: 0, key: null, value: null, headers: {} },
  schemaId: 1,
  datum: Buffer.alloc(10),
  sourceOffset: null,
  id: null,
};
const isBehind = () => false;
const batch = {
  topic: 'alerts',
  partition: 0,
  records: [record.input],
  nextOffset: 1,
  highWatermark: 1,
} as const;

it('writes at the next multiple of the slot, for all partitions alike, whenever the first record came', () => {
  let nowMs = 0;
  const limits = { maxRows: 2, maxBytes: 1_000, maxAgeMs: 300_000, lingerMs: 300_000, slotMs: 300_000 };
  for (const firstAtMs of [600_000, 600_001, 899_999]) {
    nowMs = firstAtMs;
    const buffer = createSinkBuffer(limits, () => nowMs, isBehind, newPace());
    expect(buffer.dueInMs()).toBe(Number.POSITIVE_INFINITY);
    buffer.add(record);
    buffer.consume(batch, LEASE);
    expect(nowMs + buffer.dueInMs()).toBe(900_000);
    nowMs = 900_000;
    expect(buffer.dueInMs()).toBe(0);
  }
});

it('does not wait for the slot when it is full', () => {
  const limits = { maxRows: 1, maxBytes: 1_000, maxAgeMs: 0, lingerMs: 0, slotMs: 300_000 };
  const buffer = createSinkBuffer(limits, () => 1, isBehind, newPace());
  buffer.add(record);
  buffer.consume(batch, LEASE);
  expect(buffer.dueInMs()).toBe(0);
});

it('waits longer while something is behind', () => {
  let nowMs = 0;
  let late = true;
  const pace = newPace();
  const limits = { maxRows: 10, maxBytes: 10_000, maxAgeMs: 500, maxAgeBehindMs: 4_000, lingerMs: 100 };
  const buffer = createSinkBuffer(
    limits,
    () => nowMs,
    () => late,
    pace,
  );
  buffer.add(record);
  buffer.consume(batch, LEASE);
  expect(buffer.dueInMs()).toBe(100); // nothing was written before, so only for company
  pace.lastWriteMs = nowMs;
  buffer.reset();
  buffer.add(record);
  buffer.consume(batch, LEASE);
  expect(buffer.dueInMs()).toBe(4_000);
  nowMs = 200;
  late = false;
  expect(buffer.dueInMs()).toBe(300);
});

it('is due when the others of its lane are, and never holds a record longer than its age', () => {
  let nowMs = 1_000;
  const limits = { maxRows: 10, maxBytes: 10_000, maxAgeMs: 500, lingerMs: 100 };
  const pace = newPace();
  const [a, b] = [0, 1].map(() => createSinkBuffer(limits, () => nowMs, isBehind, pace));
  const put = (buffer = a) => {
    buffer?.add(record);
    buffer?.consume(batch, LEASE);
  };
  put(a);
  pace.lastWriteMs = 1_100;
  a?.reset();
  nowMs = 1_150;
  put(a);
  nowMs = 1_400;
  put(b);
  expect([a?.dueInMs(), b?.dueInMs()]).toEqual([200, 200]);
  nowMs = 1_590;
  pace.lastWriteMs = 1_590;
  a?.reset();
  expect(b?.dueInMs()).toBe(310); // 500 after its record came, whatever the lane has written since
});
