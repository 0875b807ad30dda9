import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { sampleAiRequest } from '@fineprint/stream-testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Baseline, MINUTE_MS } from './baseline.ts';
import { clearBaseline, setBaseline } from './baselines.ts';
import { evaluateSlot } from './evaluate.ts';
import { connectDriftDatabase, connectDriftWarehouse, createEvaluation } from './evaluator.ts';
import type { DriftRecord } from './records.ts';
import { insertMetrics } from './testing/metric-rows.ts';

/** Names are values, whatever they hold. */
const MODEL = `drift'"\\ ${randomUUID().slice(0, 8)}`;
const SLOT_MS = Date.UTC(2026, 1, 10, 12);
const BASELINE = { fromMs: SLOT_MS - 180 * MINUTE_MS, toMs: SLOT_MS - 120 * MINUTE_MS };
const COUNT = 3_000;

let pool: Pool;
let client: ClickHouseClient;
beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  await migratePostgres(endpoints.databaseUrl);
  pool = connectDriftDatabase(endpoints.databaseUrl, () => undefined);
  client = connectDriftWarehouse({ url, username, password });
  await insertMetrics(client, [
    ...requests('1', BASELINE, () => 1),
    ...requests('1', { fromMs: SLOT_MS - 60 * MINUTE_MS, toMs: SLOT_MS }, () => 1.6),
    ...requests('calm', { fromMs: SLOT_MS - 60 * MINUTE_MS, toMs: SLOT_MS }, () => 1),
    ...requests('few', { fromMs: SLOT_MS - 60 * MINUTE_MS, toMs: SLOT_MS }, () => 1).filter(
      (_, i) => i % 75 === 0,
    ),
  ]);
});
afterAll(async () => {
  await clearBaseline(pool, MODEL, '');
  await Promise.all([pool?.end(), client?.close()]);
});

function requests(version: string, range: { fromMs: number; toMs: number }, scaleOf: () => number) {
  return Array.from({ length: COUNT }, (_, i) => {
    const share = (i + 0.5) / COUNT;
    const fails = i % 20 === 0 && scaleOf() > 1;
    return sampleAiRequest({
      event_id: randomUUID(),
      event_time: range.fromMs + Math.floor(share * (range.toMs - range.fromMs)),
      model_name: MODEL,
      model_version: version,
      latency_ms: scaleOf() * 100 * (1 + ((i * 7_919) % COUNT) / COUNT) ** 3,
      input_tokens: 10 + ((i * 104_729) % 997),
      output_tokens: 1 + ((i * 15_485_863) % 499),
      confidence_score: null,
      success: !fails,
      error_type: fails ? 'timeout' : null,
    });
  });
}

async function run(baseline: Omit<Baseline, 'model' | 'version'>, slotMs: number): Promise<DriftRecord[]> {
  await setBaseline(pool, { model: MODEL, version: '', ...baseline });
  const ports = createEvaluation(pool, client, {
    maxSeries: 100,
    nowMs: Date.now,
    onInvalidBaseline: () => undefined,
  });
  const records: DriftRecord[] = [];
  const result = await evaluateSlot(ports, slotMs, {
    model: MODEL,
    onDecided: (decided) => records.push(...decided.records),
  });
  expect(result).toEqual({ series: 3, isCut: false, isComplete: true });
  return records;
}

const chosen = { baselineVersion: '1', range: BASELINE, windowMinutes: 60, settings: {} };

it('compares model versions with the baseline that was chosen, over all partitions and minutes', async () => {
  const records = await run(chosen, SLOT_MS + 30_000);
  const of = (version: string) =>
    Object.fromEntries(records.filter((r) => r.model_version === version).map((r) => [r.measure, r.verdict]));
  const calm = { latency_ms: 'stable', input_tokens: 'stable', output_tokens: 'stable', error_mix: 'stable' };
  expect(of('calm')).toEqual(calm);
  expect(of('1')).toEqual({ ...calm, latency_ms: 'major', error_mix: 'major' });
  expect(Object.values(of('few'))).toEqual(Array(4).fill('not_enough_data'));
  const latency = records.find((r) => r.model_version === '1' && r.measure === 'latency_ms');
  expect(latency).toMatchObject({
    model_name: MODEL,
    baseline_version: '1',
    baseline_count: COUNT,
    current_count: COUNT,
    window_start: SLOT_MS - 60 * MINUTE_MS,
    window_end: SLOT_MS,
    baseline_start: BASELINE.fromMs,
    level: 'stable', // one window is not enough to raise it
  });
});

it('looks at the versions with the most requests when there are too many, and says so', async () => {
  const ports = createEvaluation(pool, client, {
    maxSeries: 2,
    nowMs: Date.now,
    onInvalidBaseline: () => undefined,
  });
  const result = await evaluateSlot(ports, SLOT_MS + MINUTE_MS, { model: MODEL });
  expect(result).toEqual({ series: 2, isCut: true, isComplete: true });
});

it('without a baseline of enough requests there is no verdict', async () => {
  const records = await run(
    { ...chosen, baselineVersion: null, range: { days: 7 } },
    SLOT_MS + 2 * MINUTE_MS,
  );
  const verdicts = records.filter((r) => r.measure === 'latency_ms').map((r) => [r.model_version, r.verdict]);
  expect(Object.fromEntries(verdicts)).toEqual({
    '1': 'major', // against its own requests of two hours before
    calm: 'not_enough_data',
    few: 'not_enough_data',
  });
});
