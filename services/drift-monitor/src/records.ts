import type { DriftChange, DriftLevel } from '@fineprint/drift';
import type { RecordOf } from '@fineprint/topology';
import { v5 as uuidv5 } from 'uuid';
import type { Comparison } from './baseline.ts';
import type { Measured } from './measure-series.ts';

export type DriftRecord = RecordOf<'ai.drift'>;
export type AlertRecord = RecordOf<'alerts'>;

/** One measure of one model version at one slot, before it is known what follows from it. */
export interface Evaluation extends Measured {
  readonly comparison: Comparison;
}

/** What is watched: one row of state, one key of the topics. */
export interface SeriesKey {
  readonly model: string;
  readonly version: string;
  readonly measure: string;
}

const NODE = 'drift-monitor';
const KIND = 'ai_drift';
const DRIFT_NAMESPACE = '3d1c2a54-7d0f-5b1e-9a2b-6f0f4d3c8e11';
const ALERT_NAMESPACE = 'a4b9c7de-51f3-5c46-8c0d-2e9b7a6d5f30';

/** Of both topics. As JSON, because names may hold any character. */
export const keyOf = ({ model, version, measure }: SeriesKey): string =>
  JSON.stringify([model, version, measure]);

export function driftRecord(
  slotMs: number,
  { comparison, measure, measurement }: Evaluation,
  levels: { readonly from: DriftLevel; readonly to: DriftLevel },
  nowMs: number,
): DriftRecord {
  const { model, version, window, baseline, baselineVersion, settings } = comparison;
  return {
    drift_id: uuidv5(JSON.stringify([model, version, measure, slotMs]), DRIFT_NAMESPACE),
    slot: slotMs,
    model_name: model,
    model_version: version,
    measure,
    verdict: measurement.verdict,
    level: levels.to,
    previous_level: levels.from,
    psi: measurement.psi,
    ks_statistic: measurement.ks?.statistic ?? null,
    ks_p_value: measurement.ks?.pValue ?? null,
    ks_at: measurement.ks?.at ?? null,
    baseline_count: measurement.baselineCount,
    current_count: measurement.currentCount,
    window_start: window.fromMs,
    window_end: window.toMs,
    baseline_version: baselineVersion,
    baseline_start: baseline.fromMs,
    baseline_end: baseline.toMs,
    settings: JSON.stringify(settings),
    evaluated_at: nowMs,
  };
}

const SEVERITIES: Readonly<Record<DriftLevel, string>> = {
  stable: 'info',
  moderate: 'warning',
  major: 'critical',
};

/** Announces a change of level. Evidence is whatever explains it, as JSON. */
export function alertRecord(
  series: SeriesKey,
  change: DriftChange,
  times: { readonly slotMs: number; readonly raisedAtMs: number },
  evidence: object,
): AlertRecord {
  const { model, version, measure } = series;
  const dedupKey = `${KIND}:${keyOf(series)}`;
  const isResolved = change.to === 'stable';
  const severity = SEVERITIES[isResolved ? change.from : change.to];
  const state = isResolved ? 'resolved' : 'raised';
  return {
    alert_id: uuidv5(JSON.stringify([dedupKey, state, severity, times.slotMs]), ALERT_NAMESPACE),
    dedup_key: dedupKey,
    kind: KIND,
    severity,
    state,
    raised_at: times.raisedAtMs,
    occurred_at: times.slotMs,
    title: isResolved
      ? `${measure} of ${model} ${version} no longer differs from its baseline`
      : `${measure} of ${model} ${version} differs from its baseline: ${change.to} drift`,
    labels: { model, version, measure, level: change.to },
    evidence: JSON.stringify(evidence),
    source: NODE,
  };
}
