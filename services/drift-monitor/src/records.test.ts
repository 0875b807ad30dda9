import { latestSchema } from '@fineprint/schemas';
import avro from 'avsc';
import { expect, it } from 'vitest';
import { comparisonAt, DEFAULT_CHOICE } from './baseline.ts';
import { alertRecord, driftRecord, type Evaluation, keyOf } from './records.ts';

const SLOT_MS = Date.UTC(2026, 0, 8, 12);
const series = { model: 'a|b', version: '1"', measure: 'latency_ms' };
const evaluation: Evaluation = {
  comparison: comparisonAt(SLOT_MS, series.model, series.version, DEFAULT_CHOICE),
  measure: 'latency_ms',
  measurement: {
    verdict: 'major',
    psi: 0.4,
    ks: { statistic: 0.2, pValue: 1e-200, at: 812.4 },
    baselineCount: 2_000,
    currentCount: 1_000,
  },
};
const record = (nowMs: number) => driftRecord(SLOT_MS, evaluation, { from: 'stable', to: 'major' }, nowMs);
const alert = (from: 'stable' | 'major', to: 'stable' | 'major', slotMs = SLOT_MS) =>
  alertRecord(series, { from, to }, { slotMs, raisedAtMs: SLOT_MS }, { psi: 0.4 });

it('fits its schema', () => {
  const valid = (name: 'AiDrift' | 'Alert', value: unknown) =>
    avro.Type.forSchema(latestSchema(name).schema as avro.Schema).isValid(value);
  expect(valid('AiDrift', record(1))).toBe(true);
  expect(valid('Alert', alert('stable', 'major'))).toBe(true);
});

it('has the same id for the same series and slot, whenever and by whomever it is made', () => {
  expect(record(1).drift_id).toBe(record(2).drift_id);
  // For good: ids of another version of this program must not differ.
  expect(record(1).drift_id).toBe('cd9a6a4a-2e3e-59bc-b87b-72dd2147f6b4');
  expect(alert('stable', 'major').alert_id).toBe(alert('stable', 'major').alert_id);
});

it('names no two series alike, whatever their names hold', () => {
  expect(keyOf({ ...series, model: 'a', version: 'b|1"' })).not.toBe(keyOf(series));
});

it('an alert keeps its key and its beginning until it is resolved', () => {
  const raised = alert('stable', 'major');
  const resolved = alert('major', 'stable', SLOT_MS + 60_000);
  expect([raised.state, raised.severity]).toEqual(['raised', 'critical']);
  expect([resolved.state, resolved.severity]).toEqual(['resolved', 'critical']);
  expect(resolved).toMatchObject({ dedup_key: raised.dedup_key, raised_at: SLOT_MS });
  expect(resolved.alert_id).not.toBe(raised.alert_id);
});
