import { randomUUID } from 'node:crypto';
import { driftSettings } from '@fineprint/drift';
import {
  claimSlot,
  finishClaim,
  type OutboxRecord,
  publishOutbox,
  releaseClaim,
  renewClaim,
} from '@fineprint/http-kit';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { comparisonAt, DEFAULT_CHOICE } from './baseline.ts';
import { BaselineError, clearBaseline, listBaselines, readBaselines, setBaseline } from './baselines.ts';
import { DRIFT_OUTBOX, DRIFT_SLOTS, decide, resolveSilent } from './drift-store.ts';
import { connectDriftDatabase } from './evaluator.ts';
import type { AlertRecord, DriftRecord, Evaluation } from './records.ts';

let pool: Pool;
let model: string;
beforeAll(async () => {
  const { endpoints } = useTestStack();
  await migratePostgres(endpoints.databaseUrl);
  pool = connectDriftDatabase(endpoints.databaseUrl, () => undefined);
});
beforeEach(async () => {
  model = `store-${randomUUID().slice(0, 8)}|"`;
  await pool.query('TRUNCATE fineprint.ai_drift_slots, fineprint.ai_drift_outbox');
});
afterAll(() => pool?.end());

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1);
const eager = driftSettings({ minimumSamples: 1, raiseAfterWindows: 1, clearAfterWindows: 1 });

function evaluation(
  slotMs: number,
  psi: number,
  measure: 'latency_ms' | 'error_mix' = 'latency_ms',
): Evaluation {
  const verdict = psi >= 0.25 ? 'major' : psi >= 0.1 ? 'moderate' : 'stable';
  const measurement = { verdict, psi, ks: null, baselineCount: 10, currentCount: 10 } as const;
  const comparison = { ...comparisonAt(slotMs, model, '1', DEFAULT_CHOICE), settings: eager };
  return { comparison, measure, measurement };
}

const decideAt = (minute: number, psi: number) => {
  const slotMs = START_MS + minute * MINUTE_MS;
  return decide(pool, slotMs, [evaluation(slotMs, psi)], slotMs + 1);
};

async function drain(): Promise<OutboxRecord[]> {
  const published: OutboxRecord[] = [];
  await publishOutbox(pool, DRIFT_OUTBOX, async (records) => void published.push(...records));
  return published;
}
const alertsOf = (records: readonly OutboxRecord[]) =>
  records.filter((r) => r.topic === 'alerts').map((r) => r.record as AlertRecord);

it('decides each slot once, in order, whoever asks and however often', async () => {
  const slotMs = START_MS + MINUTE_MS;
  const both = [evaluation(slotMs, 0.5), evaluation(slotMs, 0.01, 'error_mix')];
  const decided = await Promise.all(Array.from({ length: 6 }, () => decide(pool, slotMs, both, slotMs)));
  expect(decided.map((d) => d.records.length).sort()).toEqual([0, 0, 0, 0, 0, 2]);
  expect(await decideAt(0, 0.5)).toMatchObject({ records: [], repeats: 1 });
  const records = await drain();
  expect(records.map((r) => r.topic).sort()).toEqual(['ai.drift', 'ai.drift', 'alerts']);
  expect(await drain()).toEqual([]);
});

it('raises an alert, changes its severity, resolves it; the next one is another alert', async () => {
  for (const [minute, psi] of [0.5, 0.5, 0.15, 0.01, 0.01, 0.2].entries()) await decideAt(minute, psi);
  const alerts = alertsOf(await drain());
  expect(alerts.map((a) => [a.state, a.severity, (a.occurred_at - START_MS) / MINUTE_MS])).toEqual([
    ['raised', 'critical', 0],
    ['raised', 'warning', 2],
    ['resolved', 'warning', 3],
    ['raised', 'warning', 5],
  ]);
  expect(alerts.map((a) => (a.raised_at - START_MS) / MINUTE_MS)).toEqual([0, 0, 0, 5]);
  expect(new Set(alerts.map((a) => a.alert_id)).size).toBe(4);
  expect(new Set(alerts.map((a) => a.dedup_key)).size).toBe(1);
  expect(alerts[0]?.labels).toEqual({ model, version: '1', measure: 'latency_ms', level: 'major' });
  expect(JSON.parse(alerts[0]?.evidence ?? '')).toMatchObject({ psi: 0.5, baseline: { count: 10 } });
});

it('publishes what a crash left behind, the same again', async () => {
  await decideAt(0, 0.123456789012345);
  let first: readonly OutboxRecord[] = [];
  const crash = publishOutbox(pool, DRIFT_OUTBOX, async (records) => {
    first = records;
    throw new Error('killed after Kafka took them');
  });
  await expect(crash).rejects.toThrow('killed');
  await decideAt(0, 0.9); // who takes over measures again, and may find something else
  const again = await drain();
  expect(again).toEqual(first);
  expect((again.at(0) as { record: DriftRecord }).record.psi).toBe(0.123456789012345);
});

it('two publishers take turns', async () => {
  await decideAt(0, 0.5);
  const all = await Promise.all([drain(), drain(), drain()]);
  expect(all.map((records) => records.length).sort()).toEqual([0, 0, 2]);
});

it('resolves alerts of models that nobody asks any more', async () => {
  await decideAt(0, 0.5);
  await drain();
  const later = START_MS + 2_000 * MINUTE_MS;
  await resolveSilent(pool, later, START_MS); // not silent for long enough
  expect(alertsOf(await drain()).filter((a) => a.labels['model'] === model)).toEqual([]);
  await resolveSilent(pool, later, later - MINUTE_MS);
  await resolveSilent(pool, later + MINUTE_MS, later);
  const alerts = alertsOf(await drain()).filter((a) => a.labels['model'] === model);
  expect(alerts).toMatchObject([{ state: 'resolved', severity: 'critical', raised_at: START_MS }]);
  expect(await decideAt(2_001, 0.5)).toMatchObject({
    records: [{ previous_level: 'stable', level: 'major' }],
  });
});

const times = { intervalMs: 600_000, settleMs: 0, leaseMs: 60_000 };

it('one of many claims a slot; nobody gets it again once it is finished', async () => {
  const claims = (
    await Promise.all(Array.from({ length: 5 }, () => claimSlot(pool, DRIFT_SLOTS, times)))
  ).filter((claim) => claim !== null);
  expect(claims).toHaveLength(1);
  const [claim] = claims;
  if (claim === undefined) throw new Error('no claim');
  expect(claim.slotMs % times.intervalMs).toBe(0);
  expect(await renewClaim(pool, DRIFT_SLOTS, claim, times.leaseMs)).toBe(true);
  expect(await finishClaim(pool, DRIFT_SLOTS, claim)).toBe(true);
  expect(await claimSlot(pool, DRIFT_SLOTS, times)).toBeNull();
});

it('a slot whose owner died goes to another, and the dead one has lost it', async () => {
  const dead = await claimSlot(pool, DRIFT_SLOTS, { ...times, leaseMs: 1 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const heir = await claimSlot(pool, DRIFT_SLOTS, times);
  if (dead === null || heir === null) throw new Error('no claim');
  expect(heir).toMatchObject({ slotMs: dead.slotMs, isTakenOver: true });
  expect(await renewClaim(pool, DRIFT_SLOTS, dead, times.leaseMs)).toBe(false);
  expect(await finishClaim(pool, DRIFT_SLOTS, dead)).toBe(false);
  await releaseClaim(pool, DRIFT_SLOTS, heir);
  expect(await claimSlot(pool, DRIFT_SLOTS, times)).toMatchObject({ slotMs: dead.slotMs, isTakenOver: true });
});

it('keeps chosen baselines, and refuses what makes no sense, all problems at once', async () => {
  const fixed = { fromMs: START_MS, toMs: START_MS + MINUTE_MS };
  const chosen = { model, version: '', baselineVersion: '0', range: fixed, windowMinutes: 5, settings: {} };
  await setBaseline(pool, chosen);
  await setBaseline(pool, { ...chosen, version: '2', range: { days: 3 }, settings: { minimumSamples: 10 } });
  const ours = async () => (await listBaselines(pool)).filter((b) => b.model === model);
  expect(await ours()).toEqual([
    chosen,
    { ...chosen, version: '2', range: { days: 3 }, settings: { minimumSamples: 10 } },
  ]);
  await setBaseline(pool, { ...chosen, range: { days: 1 } });
  expect((await ours())[0]?.range).toEqual({ days: 1 });
  expect(await clearBaseline(pool, model, '2')).toBe(true);
  expect(await clearBaseline(pool, model, '2')).toBe(false);
  const senseless = {
    ...chosen,
    model: '',
    range: { days: 0 },
    windowMinutes: 1.5,
    settings: { psiMajor: 0 },
  };
  await expect(setBaseline(pool, senseless)).rejects.toThrow(BaselineError);
  await expect(setBaseline(pool, senseless)).rejects.toThrow(/1 to 200 .*days must .*minutes; psiMajor must/);
  const strange = { nothing: 1 } as object;
  await expect(setBaseline(pool, { ...chosen, settings: strange })).rejects.toThrow(
    'no setting of this name',
  );
});

it('a baseline written by hand that makes no sense is left out and told', async () => {
  await setBaseline(pool, { model, version: '', ...DEFAULT_CHOICE });
  await pool.query(
    `UPDATE fineprint.ai_drift_baselines SET settings = '{"psiMajor": "much"}' WHERE model_name = $1`,
    [model],
  );
  const told: string[] = [];
  const read = await readBaselines(pool, (baseline, problems) => told.push(baseline.model, ...problems));
  expect(read.filter((b) => b.model === model)).toEqual([]);
  expect(told).toEqual([model, 'psiMajor must be a number']);
  await clearBaseline(pool, model, '');
});
