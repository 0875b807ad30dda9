import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { createMetrics } from '@fineprint/observability';
import type { PublishedRecord } from '@fineprint/service-kit';
import { useTestStack } from '@fineprint/stack/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { decide } from './drift-store.ts';
import { connectDriftDatabase } from './evaluator.ts';
import { NO_SKETCHES, type SeriesSketches } from './measure-series.ts';
import { createDriftMetrics } from './metrics.ts';
import { runNextSlot, type SlotPorts } from './run-slot.ts';
import { type ModelVersion, nameOf } from './sketch-reader.ts';

let pool: Pool;
beforeAll(async () => {
  const { endpoints } = useTestStack();
  await migratePostgres(endpoints.databaseUrl);
  pool = connectDriftDatabase(endpoints.databaseUrl, () => undefined);
});
beforeEach(() => pool.query('TRUNCATE fineprint.ai_drift_slots, fineprint.ai_drift_outbox'));
afterAll(() => pool?.end());

/** Of one test: a slot counts once for a model. */
let models: ModelVersion[] = [];
beforeEach(() => {
  models = Array.from({ length: 120 }, () => ({ model: `slot-${randomUUID()}`, version: '1' }));
});

/** One instance. What it publishes lies in `published`; `count` is what it sees in ClickHouse. */
function instance(change: { count?: number; leaseMs?: number; mayDecide?: () => boolean } = {}) {
  const published: PublishedRecord[] = [];
  const { count = 10, mayDecide = () => true } = change;
  const seen: SeriesSketches = { ...NO_SKETCHES, requests: count, outcomes: new Map([['', count]]) };
  const read = async () => new Map(models.map((m) => [nameOf(m), seen]));
  let isKafkaAway = false;
  const ports: SlotPorts = {
    pool,
    evaluation: {
      reader: { active: async () => models, read },
      cache: { read },
      baselines: async () => [],
      async decide(slotMs, evaluations) {
        if (!mayDecide()) throw new Error('killed in mid-run');
        return decide(pool, slotMs, evaluations, slotMs);
      },
      maxSeries: 1_000,
    },
    publisher: {
      async publish(records) {
        // Other tests' models in this database may have gone silent, which is published too.
        published.push(...records.filter((r) => r.key.includes('slot-')));
        if (isKafkaAway) throw new Error('the acknowledgement got lost');
      },
      close: async () => undefined,
    },
    metrics: createDriftMetrics(createMetrics({ service: 'test' })),
    times: { intervalMs: 86_400_000, settleMs: 0, leaseMs: change.leaseMs ?? 60_000 },
  };
  return { ports, published, loseAcknowledgements: (away: boolean) => (isKafkaAway = away) };
}

const countsOf = (records: readonly PublishedRecord[]) =>
  records.map((r) => (r.record as { current_count: number }).current_count);

it('a slot is evaluated and published once, by one of many', async () => {
  const instances = [instance(), instance(), instance()];
  const worked = await Promise.all(instances.map((i) => runNextSlot(i.ports)));
  expect(worked.filter(Boolean)).toHaveLength(1);
  expect(instances.flatMap((i) => i.published)).toHaveLength(models.length);
  expect(await runNextSlot(instance().ports)).toBe(false);
});

it('what its owner decided before it died stays; the heir does the rest', async () => {
  let chunks = 0;
  const dying = instance({ mayDecide: () => ++chunks <= 1 });
  await expect(runNextSlot(dying.ports)).rejects.toThrow('killed in mid-run');
  expect(dying.published).toEqual([]);
  const heir = instance({ count: 77 });
  expect(await runNextSlot(heir.ports)).toBe(true);
  const counts = countsOf(heir.published);
  expect(counts).toHaveLength(models.length);
  expect(counts.filter((n) => n === 10)).toHaveLength(50); // as they were decided, not as they look now
  expect(counts.filter((n) => n === 77)).toHaveLength(70);
});

it('a lost acknowledgement means the same bytes again, and nothing else until then', async () => {
  const first = instance();
  first.loseAcknowledgements(true);
  await expect(runNextSlot(first.ports)).rejects.toThrow('acknowledgement');
  const again = instance({ count: 99 });
  expect(await runNextSlot(again.ports)).toBe(true);
  expect(again.published).toEqual(first.published);
});

it('who lost the slot meanwhile stops', async () => {
  const slow = instance({ leaseMs: 1 });
  const { ports } = slow;
  let heirWorked: boolean | undefined;
  const evaluation: SlotPorts['evaluation'] = {
    ...ports.evaluation,
    async baselines() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      heirWorked = await runNextSlot(instance().ports);
      return [];
    },
  };
  expect(await runNextSlot({ ...ports, evaluation })).toBe(true);
  expect(heirWorked).toBe(true);
  expect(slow.published).toEqual([]);
});
