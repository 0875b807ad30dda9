import { expect, test } from 'vitest';
import { CapacityError, type CapacityErrorCode } from './capacity-error.ts';
import { DEFAULT_DEMAND, type Demand } from './demand.ts';
import type { Figures } from './figures.ts';
import type { Kind } from './kinds.ts';
import { type CapacityPlan, planCapacity } from './plan.ts';

const figures: Figures = {
  date: '2026-01-01',
  command: 'bench e2e',
  cores: 2,
  ai_share: 0.25,
  subjects: 1_000,
  events: 10_000,
  cpu_seconds_per_million: {
    'ingest-gateway': 10,
    'pii-scrubber': 20,
    'ai-aggregator': 2.5, // a million events hold 250,000 AI requests
    'funnel-builder': 30,
    'warehouse-loader': 6,
    kafka: 8,
    clickhouse: 12,
    redis: 4,
  },
  memory_mib: { 'pii-scrubber': 300 },
  bytes_per_event: {
    kafka: { 'product.events.raw': 150, 'ai.requests.raw': 50, 'product.events.clean': 150, 'ai.metrics': 1 },
    clickhouse: { product_events: 30, ai_requests: 10 },
    redis: 100,
    postgres: 50,
  },
};
const kindOfTable = (table: string): Kind => (table.startsWith('ai') ? 'ai' : 'product');

const demandOf = (eventsPerSecond: number, more: Partial<Demand> = {}): Demand => ({
  ...DEFAULT_DEMAND,
  eventsPerSecond,
  averagePerSecond: eventsPerSecond,
  ...more,
});
const plan = (eventsPerSecond: number, more: Partial<Demand> = {}): CapacityPlan =>
  planCapacity(demandOf(eventsPerSecond, more), figures, kindOfTable);
const service = (of: CapacityPlan, name: string) => of.services.find((s) => s.service === name);
const topic = (of: CapacityPlan, name: string) => of.kafka.topics.find((t) => t.topic === name);
const store = (of: CapacityPlan, name: string) => of.stores.find((s) => s.store === name);

test('cores follow from the rate, instances from the headroom, partitions from the busiest stage', () => {
  const at = plan(1_000_000);
  expect(service(at, 'pii-scrubber')).toMatchObject({ cores: 20, instances: 34, memoryMiB: 300 });
  expect(service(at, 'funnel-builder')).toMatchObject({
    cores: 30,
    instances: 50,
    recordsPerSecond: 750_000,
  });
  expect(at.partitions).toBe(54); // the next multiple of what is declared
  expect(service(at, 'pii-scrubber')?.partitions).toBe(54);
  expect(service(at, 'ingest-gateway')).toMatchObject({ instances: 17, partitions: null });
});

test('a process of the loader needs a lane of the busiest topic', () => {
  const heavy = { ...figures.cpu_seconds_per_million, 'warehouse-loader': 24 };
  const at = planCapacity(demandOf(1_000_000), { ...figures, cpu_seconds_per_million: heavy }, kindOfTable);
  expect(service(at, 'warehouse-loader')?.instances).toBe(40);
  expect(at.partitions).toBe(90); // 40 processes, lanes of 3 partitions, three quarters of their work in one topic
});

test('twice the rate takes twice the cores, bytes and disks', () => {
  const [one, two] = [plan(50_000), plan(100_000)];
  expect(service(two, 'pii-scrubber')?.cores).toBeCloseTo(2 * (service(one, 'pii-scrubber')?.cores ?? 0));
  expect(two.kafka.inBytesPerSecond).toBeCloseTo(2 * one.kafka.inBytesPerSecond);
  expect(store(two, 'clickhouse')?.bytes).toBeCloseTo(2 * (store(one, 'clickhouse')?.bytes ?? 0));
});

test('another mix: what only AI requests cost grows with them', () => {
  const half = plan(100_000, { aiShare: 0.5 });
  expect(service(half, 'ai-aggregator')?.cores).toBeCloseTo(0.5); // 10 CPU-seconds per million AI requests
  expect(service(half, 'funnel-builder')?.cores).toBeCloseTo(2);
  expect(topic(half, 'ai.requests.raw')?.inBytesPerSecond).toBeCloseTo(200 * 50_000);
  const none = plan(100_000, { aiShare: 0 });
  expect(service(none, 'ai-aggregator')).toMatchObject({ cores: 0, instances: 1 });
});

test('Kafka: copies, readers, retention and brokers', () => {
  const { kafka } = plan(100_000, { rawRetentionHours: 24 });
  const [raw, clean] = ['product.events.raw', 'product.events.clean'].map((name) =>
    kafka.topics.find((t) => t.topic === name),
  );
  expect(raw).toMatchObject({ inBytesPerSecond: 15e6, outBytesPerSecond: 15e6, retentionHours: 24 });
  expect(raw?.diskBytes).toBeCloseTo(15e6 * 24 * 3_600 * 3);
  expect(clean?.outBytesPerSecond).toBe(45e6); // funnel builder, warehouse and Postgres loader
  expect(kafka.inBytesPerSecond).toBeCloseTo(35.1e6);
  expect(kafka.replicationBytesPerSecond).toBeCloseTo(70.2e6);
  expect(kafka.cores).toBeCloseTo(2.4);
  expect(kafka.brokers).toBe(3); // as many as there are copies
  expect(plan(1_000_000).kafka.brokers).toBe(11);
});

test('stores: disk a day, ids for the dedup window, people', () => {
  const at = plan(1_000, { averagePerSecond: 100, dedupHours: 10, subjects: 5_000 });
  expect(store(at, 'clickhouse')).toMatchObject({ bytesPerDay: 40 * 100 * 86_400, cores: 0.012 });
  expect(store(at, 'redis')?.bytes).toBe(100 * 100 * 36_000);
  expect(store(at, 'postgres')?.bytes).toBe(500 * 5_000);
  expect(at.warnings.join()).not.toContain('Redis');
  expect(plan(1_000_000).warnings.join()).toContain('DEDUP_WINDOW_HOURS');
});

test('what was not measured is named', () => {
  expect(plan(1_000).warnings.join()).toContain('postgres-loader');
});

test.each<[string, () => unknown, CapacityErrorCode, string]>([
  ['no events', () => plan(0), 'DEMAND_INVALID', 'eventsPerSecond is 0'],
  ['no number', () => plan(Number.NaN), 'DEMAND_INVALID', 'NaN'],
  ['a share above all', () => plan(10, { aiShare: 1.5 }), 'DEMAND_INVALID', 'aiShare is 1.5'],
  ['more on average than at most', () => plan(10, { averagePerSecond: 20 }), 'DEMAND_INVALID', 'busiest'],
  ['too many partitions', () => plan(1e9), 'PARTITIONS_TOO_MANY', 'funnel-builder needs 50000 instances'],
])('%s', (_what, make, code, text) => {
  expect(make).toThrow(CapacityError);
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
});
