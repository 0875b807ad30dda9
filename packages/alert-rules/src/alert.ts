import type { Alert } from '@fineprint/schemas';
import { v5 as uuidv5 } from 'uuid';
import type { Judgement, Observation } from './judge.ts';
import { metricOf } from './metrics.ts';
import type { Rule } from './rule.ts';

export const SOURCE = 'alert-manager';
/** Namespace of alert ids: UUIDv5 of this, the key, the state and the time. */
const NAMESPACE = '0d6f2a51-9b1c-5e0e-8a43-7f1c2b9e6d10';

/** Names a series; the same whatever order its labels come in. */
export const seriesKey = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

export interface Firing {
  readonly rule: Rule;
  readonly ruleVersion: number;
  readonly observation: Observation;
  readonly judgement: Judgement;
  readonly raisedAtMs: number;
  readonly atMs: number;
}

const MINUTE_MS = 60_000;

/** An alert begins: what it is about, in words and in figures. */
export function raisedAlert(firing: Firing): Alert {
  const { rule, observation } = firing;
  const { kind, title, unit } = metricOf(rule.metric);
  const labels = { ...observation.labels, rule: rule.name };
  return withId({
    dedup_key: dedupKey(rule.name, observation.labels),
    kind,
    severity: rule.severity,
    state: 'raised',
    raised_at: firing.raisedAtMs,
    occurred_at: firing.atMs,
    title: `${title}${ofSeries(observation.labels)}: ${shown(observation.value)} ${unit}, ${because(firing)}`,
    labels,
    evidence: JSON.stringify(evidenceOf(firing)),
    source: SOURCE,
  });
}

/** It is over. `now`: what was seen then; null where nothing is seen any more, or the rule is gone. */
export function resolvedAlert(
  raised: Alert,
  atMs: number,
  why: ResolvedBecause,
  now: Pick<Firing, 'observation' | 'judgement'> | null,
): Alert {
  const { alert_id: _, ...rest } = raised;
  const evidence = {
    resolved_because: why,
    ...(now === null
      ? {}
      : { value: now.observation.value, samples: now.observation.samples, ...now.judgement.grounds }),
    raised_with: JSON.parse(raised.evidence) as unknown,
  };
  return withId({
    ...rest,
    state: 'resolved',
    occurred_at: atMs,
    title: `over: ${raised.title}`,
    evidence: JSON.stringify(evidence),
  });
}

export type ResolvedBecause = 'well_again' | 'nothing_known' | 'rule_gone';

function withId(alert: Omit<Alert, 'alert_id'>): Alert {
  const { dedup_key: key, state, severity, raised_at: raisedAtMs, occurred_at: atMs } = alert;
  return { alert_id: uuidv5(JSON.stringify([key, state, severity, raisedAtMs, atMs]), NAMESPACE), ...alert };
}

const dedupKey = (rule: string, labels: Readonly<Record<string, string>>) =>
  `rule:${rule}:${seriesKey(labels)}`;

function ofSeries(labels: Readonly<Record<string, string>>): string {
  const values = Object.entries(labels).map(([name, value]) => `${name} ${value === '' ? '(none)' : value}`);
  return values.length === 0 ? '' : ` of ${values.join(', ')}`;
}

function because({ rule: { condition }, judgement: { grounds } }: Firing): string {
  switch (condition.type) {
    case 'threshold':
      return condition.above === undefined ? `below ${condition.below}` : `above ${condition.above}`;
    case 'anomaly':
      return `where ${shown(grounds['expected'] ?? null)} is normal at this time of the ${condition.season}`;
    case 'burn_rate':
      return `which uses up the error budget of ${condition.objective} ${shown(grounds['burn_rate'] ?? null)} times too fast`;
  }
}

const shown = (value: number | null) => (value === null ? 'unknown' : String(Number(value.toPrecision(4))));

function evidenceOf({ rule, ruleVersion, observation, judgement, atMs }: Firing) {
  const window = { from: atMs - rule.window_minutes * MINUTE_MS, to: atMs };
  return {
    metric: rule.metric,
    unit: metricOf(rule.metric).unit,
    value: observation.value,
    samples: observation.samples,
    window: { from: new Date(window.from).toISOString(), to: new Date(window.to).toISOString() },
    ...judgement.grounds,
    ...(observation.history.length === 0 ? {} : { earlier_values: observation.history }),
    rule_version: ruleVersion,
    condition: rule.condition,
  };
}
