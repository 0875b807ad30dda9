import { type Rule, type Verdict, windowOf } from '@fineprint/data-quality';
import type { RecordOf } from '@fineprint/topology';
import { v5 as uuidv5 } from 'uuid';

export type ResultRecord = RecordOf<'quality.results'>;
export type AlertRecord = RecordOf<'alerts'>;

const KIND = 'data_quality';
const NODE = 'job-runner';
const RESULT_NAMESPACE = '9a3a7c1e-0d5b-5c7c-8f57-64a4b0a8f1d2';
const ALERT_NAMESPACE = '2f8c4b7a-9e61-5d0a-b3f4-7c1d9e5a6b80';

export function resultRecord(
  rule: Rule,
  verdict: Verdict,
  times: { readonly slotMs: number; readonly nowMs: number },
): ResultRecord {
  const { fromMs, toMs } = windowOf(rule, times.slotMs);
  return {
    result_id: uuidv5(JSON.stringify([rule.name, times.slotMs]), RESULT_NAMESPACE),
    slot: times.slotMs,
    rule: rule.name,
    dataset: rule.dataset,
    kind: rule.type,
    severity: rule.severity,
    status: verdict.status,
    rows_checked: verdict.rows,
    bad_rows: verdict.bad,
    value: verdict.value,
    threshold: verdict.threshold,
    window_start: fromMs,
    window_end: toMs,
    sample_event_ids: [...verdict.samples],
    details: JSON.stringify(verdict.details),
    evaluated_at: times.nowMs,
  };
}

/** Raised, resolved, or still standing: what follows for a rule's alert from its new status. Too little data changes nothing. */
export function alertChange(isRaised: boolean, status: string): 'raised' | 'resolved' | null {
  if (status === 'fail' && !isRaised) return 'raised';
  return status === 'pass' && isRaised ? 'resolved' : null;
}

/** Announces a change. Of a resolved alert the evidence is the result that resolved it. */
export function alertRecord(
  state: 'raised' | 'resolved',
  result: ResultRecord,
  times: { readonly raisedAtMs: number; readonly occurredAtMs: number },
): AlertRecord {
  const { rule, dataset, kind } = result;
  const dedupKey = `${KIND}:${rule}`;
  return {
    alert_id: uuidv5(
      JSON.stringify([dedupKey, state, times.raisedAtMs, times.occurredAtMs]),
      ALERT_NAMESPACE,
    ),
    dedup_key: dedupKey,
    kind: KIND,
    severity: result.severity,
    state,
    raised_at: times.raisedAtMs,
    occurred_at: times.occurredAtMs,
    title:
      state === 'raised'
        ? `${dataset}: the ${kind} rule ${rule} fails`
        : `${dataset}: the ${kind} rule ${rule} passes again`,
    labels: { rule, dataset, kind },
    evidence: JSON.stringify({
      result_id: result.result_id,
      status: result.status,
      rows: result.rows_checked,
      bad: result.bad_rows,
      value: result.value,
      threshold: result.threshold,
      window: {
        from: new Date(result.window_start).toISOString(),
        to: new Date(result.window_end).toISOString(),
      },
      sample_event_ids: result.sample_event_ids,
    }),
    source: NODE,
  };
}
