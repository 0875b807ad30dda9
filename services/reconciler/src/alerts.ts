import { createHash } from 'node:crypto';
import type { Finding } from '@fineprint/ledger';
import type { RecordOf } from '@fineprint/topology';
import { v5 as uuidv5 } from 'uuid';

export type AlertRecord = RecordOf<'alerts'>;

/** All that is wrong in one way at one place: what one alert is about. */
export interface Gap {
  readonly key: string;
  readonly findings: readonly Finding[];
}

const KIND = 'ledger_gap';
const NODE = 'reconciler';
/** Namespace of alert ids: UUIDv5 of this, the key, the state, the evidence and the time. */
const NAMESPACE = '5a0d9d0c-7f0e-5d7b-8f39-2b1f6f3d9b61';
/** Of one alert; the rest is for `fineprint audit`. */
const MAX_FINDINGS = 20;
const MAX_NAMED = 20;

export function gapsOf(findings: readonly Finding[]): Gap[] {
  const gaps = findings.filter((f) => f.severity === 'gap');
  const groups = Map.groupBy(gaps, (f) => JSON.stringify([f.code, f.stage, f.topic, f.partition]));
  return Array.from(groups, ([key, group]) => ({ key, findings: group }));
}

/** What makes two looks at a gap the same: which records it is about, not how far it has grown. */
export function evidenceHash({ findings }: Gap): string {
  const places = findings.map((f) => [f.fromOffset, f.named.map((r) => [r.offset, r.times])]);
  return createHash('sha256').update(JSON.stringify(places)).digest('hex').slice(0, 32);
}

export function raisedAlert(
  gap: Gap,
  times: { readonly raisedAtMs: number; readonly nowMs: number },
): AlertRecord {
  const [first] = gap.findings;
  if (first === undefined) throw new Error('a gap has a finding');
  const { code, stage, topic, partition } = first;
  const records = gap.findings.reduce((sum, f) => sum + (f.records ?? 1), 0);
  const table = first.table === null ? {} : { table: first.table };
  return alertOf(gap.key, 'raised', times, {
    title: `The books of ${stage} do not balance at ${topic}/${partition}: ${first.message}`,
    labels: { code, stage, topic, partition: String(partition), ...table },
    evidence: JSON.stringify({ records, findings: gap.findings.slice(0, MAX_FINDINGS).map(evidenceOf) }),
  });
}

export function resolvedAlert(
  key: string,
  last: AlertRecord,
  times: { readonly raisedAtMs: number; readonly nowMs: number },
): AlertRecord {
  const { stage = '', topic = '', partition = '' } = last.labels;
  return alertOf(key, 'resolved', times, {
    title: `The books of ${stage} balance again at ${topic}/${partition}`,
    labels: last.labels,
    evidence: last.evidence,
  });
}

function alertOf(
  key: string,
  state: 'raised' | 'resolved',
  { raisedAtMs, nowMs }: { readonly raisedAtMs: number; readonly nowMs: number },
  what: Pick<AlertRecord, 'title' | 'labels' | 'evidence'>,
): AlertRecord {
  const dedupKey = `${KIND}:${key}`;
  return {
    alert_id: uuidv5(JSON.stringify([dedupKey, state, raisedAtMs, nowMs]), NAMESPACE),
    dedup_key: dedupKey,
    kind: KIND,
    severity: 'critical',
    state,
    raised_at: raisedAtMs,
    occurred_at: nowMs,
    ...what,
    source: NODE,
  };
}

const evidenceOf = (f: Finding) => ({
  code: f.code,
  from_offset: f.fromOffset,
  to_offset: f.toOffset,
  records: f.records,
  table: f.table,
  named: f.named.slice(0, MAX_NAMED).map((r) => ({ offset: r.offset, event_id: r.eventId, times: r.times })),
  message: f.message,
  hint: f.hint,
});
