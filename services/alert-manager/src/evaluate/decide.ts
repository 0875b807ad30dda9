import {
  type Judgement,
  judge,
  type Observation,
  QUIET,
  type Rule,
  raisedAlert,
  resolvedAlert,
  type Standing,
  seriesKey,
  step,
} from '@fineprint/alert-rules';
import { type RuleProgress, timeOf } from '@fineprint/alert-store';
import { type Claim, holdClaim, inTransaction, type Queryable } from '@fineprint/http-kit';
import type { RecordOf } from '@fineprint/topology';
import type { Pool } from 'pg';
import { putOut } from '../put-out.ts';
import { ALERT_SLOTS } from '../tables.ts';

type Alert = RecordOf<'alerts'>;

/** A rule as it is in force. */
export interface RuleInForce {
  readonly version: number;
  readonly value: Rule;
}

/** What was seen for a rule, or why nothing was. */
export type Seen =
  | { readonly ok: true; readonly observations: readonly Observation[] }
  | { readonly ok: false; readonly outcome: 'unavailable' | 'failed'; readonly code: string };

export interface Decided {
  readonly raised: number;
  readonly resolved: number;
  /** Series that are bad now. */
  readonly bad: number;
}

const NOTHING: Decided = { raised: 0, resolved: 0, bad: 0 };

/**
 * Takes a rule's series one step on, in one transaction with what is to be published. Each slot counts once, and only while
 * the claim on it stands: null where it is lost.
 */
export function decide(pool: Pool, claim: Claim, rule: RuleInForce, seen: Seen): Promise<Decided | null> {
  return inTransaction(pool, async (client) => {
    if (!(await holdClaim(client, ALERT_SLOTS, claim))) return null;
    const judged = seen.ok
      ? seen.observations.map((o) => ({ observation: o, judgement: judge(rule.value, o) }))
      : [];
    const bad = judged.filter((j) => j.judgement.verdict === 'bad').length;
    const isFirst = await noteProgress(client, claim.slotMs, {
      rule: rule.value.name,
      outcome: seen.ok ? 'evaluated' : seen.outcome,
      series: judged.length,
      bad,
      errorCode: seen.ok ? null : seen.code,
    });
    // What could not be looked at says nothing: alerts stand as they stood.
    if (!isFirst || !seen.ok) return NOTHING;
    return { bad, ...(await stepAll(client, rule, judged, claim.slotMs)) };
  });
}

/** False where this slot, or a later one, was counted before. */
async function noteProgress(
  client: Queryable,
  slotMs: number,
  p: Omit<RuleProgress, 'slotMs'>,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO fineprint.alert_rule_progress AS p (rule, slot_at, outcome, series, bad, error_code)
     VALUES ($1, ${timeOf('$2')}, $3, $4, $5, $6)
     ON CONFLICT (rule) DO UPDATE SET slot_at = excluded.slot_at, outcome = excluded.outcome, series = excluded.series,
       bad = excluded.bad, error_code = excluded.error_code
     WHERE p.slot_at < excluded.slot_at`,
    [p.rule, slotMs, p.outcome, p.series, p.bad, p.errorCode],
  );
  return rowCount === 1;
}

interface Judged {
  readonly observation: Observation;
  readonly judgement: Judgement;
}

interface Stored {
  readonly series: string;
  readonly standing: Standing;
  readonly alert: Alert | null;
}

async function stepAll(client: Queryable, rule: RuleInForce, judged: readonly Judged[], atMs: number) {
  const { name } = rule.value;
  const { rows } = await client.query(
    'SELECT series, standing, alert FROM fineprint.alert_standings WHERE rule = $1',
    [name],
  );
  const before = new Map((rows as Stored[]).map((row) => [row.series, row]));
  const now = new Map(judged.map((j) => [seriesKey(j.observation.labels), j]));
  const counts = { raised: 0, resolved: 0 };
  for (const series of new Set([...before.keys(), ...now.keys()])) {
    const stored = before.get(series);
    const seen = now.get(series) ?? null;
    const { standing, change } = step(
      stored?.standing ?? QUIET,
      seen?.judgement.verdict ?? 'unknown',
      atMs,
      rule.value,
    );
    let alert = stored?.alert ?? null;
    if (change === 'raise' && seen !== null) {
      alert = raisedAlert({ rule: rule.value, ruleVersion: rule.version, ...seen, raisedAtMs: atMs, atMs });
      await putOut(client, { topic: 'alerts', key: alert.dedup_key, record: alert });
      counts.raised++;
    }
    if (change === 'resolve' && alert !== null) {
      const why = seen?.judgement.verdict === 'well' ? 'well_again' : 'nothing_known';
      const over = resolvedAlert(alert, atMs, why, seen);
      await putOut(client, { topic: 'alerts', key: over.dedup_key, record: over });
      counts.resolved++;
    }
    if (standing.phase === 'quiet' && stored === undefined) continue;
    await save(client, name, { series, standing, alert });
  }
  return counts;
}

async function save(client: Queryable, rule: string, { series, standing, alert }: Stored): Promise<void> {
  if (standing.phase === 'quiet') {
    await client.query('DELETE FROM fineprint.alert_standings WHERE rule = $1 AND series = $2', [
      rule,
      series,
    ]);
    return;
  }
  await client.query(
    `INSERT INTO fineprint.alert_standings (rule, series, standing, alert) VALUES ($1, $2, $3, $4)
     ON CONFLICT (rule, series) DO UPDATE SET standing = excluded.standing, alert = excluded.alert`,
    [rule, series, JSON.stringify(standing), alert === null ? null : JSON.stringify(alert)],
  );
}

/** Resolves what rules say that are not in force any more. Null where the claim is lost. */
export function resolveGone(pool: Pool, claim: Claim, inForce: readonly string[]): Promise<number | null> {
  return inTransaction(pool, async (client) => {
    if (!(await holdClaim(client, ALERT_SLOTS, claim))) return null;
    const { rows } = await client.query(
      'DELETE FROM fineprint.alert_standings WHERE rule <> ALL($1) RETURNING alert',
      [inForce],
    );
    await client.query('DELETE FROM fineprint.alert_rule_progress WHERE rule <> ALL($1)', [inForce]);
    const raised = (rows as { alert: Alert | null }[]).flatMap(({ alert }) =>
      alert === null ? [] : [alert],
    );
    for (const alert of raised) {
      const over = resolvedAlert(alert, Math.max(claim.slotMs, alert.occurred_at), 'rule_gone', null);
      await putOut(client, { topic: 'alerts', key: over.dedup_key, record: over });
    }
    return raised.length;
  });
}
