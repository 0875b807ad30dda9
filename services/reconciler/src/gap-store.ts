import { inTransaction, type OutboxTable, type Queryable } from '@fineprint/http-kit';
import type { Pool } from 'pg';
import { type AlertRecord, evidenceHash, type Gap, raisedAlert, resolvedAlert } from './alerts.ts';
import { finishRound, holdLease } from './lease.ts';

/** What a round found. */
export interface Round {
  readonly gaps: readonly Gap[];
  /** Everything could be compared: what is not found any more is mended. */
  readonly isComplete: boolean;
  readonly sinceMs: number;
  readonly nowMs: number;
}

export interface Decided {
  readonly raised: number;
  readonly changed: number;
  readonly resolved: number;
}

interface Standing {
  readonly key: string;
  readonly raisedAtMs: number;
  readonly hash: string;
  readonly alert: AlertRecord;
}

/**
 * Compares what a round found with the alerts that stand, in one transaction with what is to be published: an alert is
 * raised once and resolved once. Null where the lease was lost meanwhile: what we saw may be old.
 */
export function decideGaps(pool: Pool, owner: string, round: Round): Promise<Decided | null> {
  return inTransaction(pool, async (client) => {
    if (!(await holdLease(client, owner))) return null;
    const standing = await readStanding(client);
    const known = new Map(standing.map((s) => [s.key, s]));
    let [raised, changed, resolved] = [0, 0, 0];
    for (const gap of round.gaps) {
      const before = known.get(gap.key);
      const hash = evidenceHash(gap);
      if (before?.hash === hash) continue;
      const alert = raisedAlert(gap, { raisedAtMs: before?.raisedAtMs ?? round.nowMs, nowMs: round.nowMs });
      await save(client, gap.key, hash, alert, round.sinceMs);
      await putOut(client, alert);
      if (before === undefined) raised++;
      else changed++;
    }
    const found = new Set(round.gaps.map((g) => g.key));
    for (const { key, raisedAtMs, alert } of round.isComplete ? standing : []) {
      if (found.has(key)) continue;
      await client.query('DELETE FROM fineprint.ledger_gaps WHERE gap_key = $1', [key]);
      await putOut(client, resolvedAlert(key, alert, { raisedAtMs, nowMs: round.nowMs }));
      resolved++;
    }
    if (round.isComplete) await finishRound(client, owner);
    return { raised, changed, resolved };
  });
}

/** How far rounds must look back for the gaps that stand; null where none does. */
export async function oldestGapMs(client: Queryable): Promise<number | null> {
  const { rows } = await client.query(
    'SELECT (extract(epoch FROM min(since_at)) * 1000)::double precision AS ms FROM fineprint.ledger_gaps',
  );
  return rows[0].ms;
}

async function readStanding(client: Queryable): Promise<Standing[]> {
  const { rows } = await client.query(
    `SELECT gap_key AS key, (extract(epoch FROM raised_at) * 1000)::double precision AS "raisedAtMs",
       evidence_hash AS hash, alert FROM fineprint.ledger_gaps FOR UPDATE`,
  );
  return rows as Standing[];
}

async function save(
  client: Queryable,
  key: string,
  hash: string,
  alert: AlertRecord,
  sinceMs: number,
): Promise<void> {
  await client.query(
    `INSERT INTO fineprint.ledger_gaps AS g (gap_key, raised_at, since_at, evidence_hash, alert)
     VALUES ($1, to_timestamp($2::double precision / 1000), to_timestamp($3::double precision / 1000), $4, $5)
     ON CONFLICT (gap_key) DO UPDATE SET evidence_hash = excluded.evidence_hash, alert = excluded.alert,
       since_at = least(g.since_at, excluded.since_at)`,
    [key, alert.raised_at, sinceMs, hash, JSON.stringify(alert)],
  );
}

/** What was decided and is yet to be published. */
export const GAP_OUTBOX: OutboxTable = {
  table: 'fineprint.ledger_gap_outbox',
  columns: "'alerts' AS topic, record->>'dedup_key' AS key, record",
};

async function putOut(client: Queryable, alert: AlertRecord): Promise<void> {
  await client.query(`INSERT INTO ${GAP_OUTBOX.table} (record) VALUES ($1)`, [JSON.stringify(alert)]);
}
