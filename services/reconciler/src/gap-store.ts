import { inTransaction, type OutboxTable, type Queryable } from '@fineprint/http-kit';
import type { Pool } from 'pg';
import { type AlertRecord, evidenceHash, type Gap, raisedAlert, resolvedAlert } from './alerts.ts';
import { holdLease } from './lease.ts';

/** What a look at the books found. */
export interface Look {
  readonly gaps: readonly Gap[];
  readonly nowMs: number;
  /** Where the time that was looked at began. */
  readonly sinceMs: number;
  /** Whether a gap that stands would have been found, so that it is mended when it was not. */
  readonly wouldFind: (standing: Standing) => boolean;
}

export interface Decided {
  readonly raised: number;
  readonly changed: number;
  readonly resolved: number;
}

/** A gap that an alert stands for. */
export interface Standing {
  readonly key: string;
  /** It was found in the entries that were written from then on, */
  readonly sinceMs: number;
  /** and until then. */
  readonly untilMs: number;
  readonly raisedAtMs: number;
  readonly hash: string;
  readonly alert: AlertRecord;
}

/** Its evidence changes no more often: a look that moves on sees less and less of a gap that is nothing new. */
const CHANGE_EVERY_MS = 30_000;

/**
 * Compares a look with the alerts that stand, in one transaction with what is to be published: an alert is raised once and
 * resolved once. Null where the lease was lost meanwhile: what we saw may be old.
 */
export function decideGaps(pool: Pool, owner: string, look: Look): Promise<Decided | null> {
  const { nowMs } = look;
  return inTransaction(pool, async (client) => {
    if (!(await holdLease(client, owner))) return null;
    const standing = await readStanding(client);
    const known = new Map(standing.map((s) => [s.key, s]));
    let [raised, changed, resolved] = [0, 0, 0];
    for (const gap of look.gaps) {
      const before = known.get(gap.key);
      const hash = evidenceHash(gap);
      if (before !== undefined && (before.hash === hash || nowMs - before.untilMs < CHANGE_EVERY_MS))
        continue;
      const alert = raisedAlert(gap, { raisedAtMs: before?.raisedAtMs ?? nowMs, nowMs });
      await save(client, alert, { key: gap.key, hash, sinceMs: look.sinceMs, untilMs: nowMs });
      await putOut(client, alert);
      if (before === undefined) raised++;
      else changed++;
    }
    const found = new Set(look.gaps.map((g) => g.key));
    for (const gap of standing) {
      if (found.has(gap.key) || !look.wouldFind(gap)) continue;
      await client.query('DELETE FROM fineprint.ledger_gaps WHERE gap_key = $1', [gap.key]);
      await putOut(client, resolvedAlert(gap.key, gap.alert, { raisedAtMs: gap.raisedAtMs, nowMs }));
      resolved++;
    }
    return { raised, changed, resolved };
  });
}

const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::double precision`;

/** The gaps that stand, the oldest first. */
export async function readStanding(client: Queryable): Promise<Standing[]> {
  const { rows } = await client.query(
    `SELECT gap_key AS key, ${ms('since_at')} AS "sinceMs", ${ms('until_at')} AS "untilMs",
       ${ms('raised_at')} AS "raisedAtMs", evidence_hash AS hash, alert FROM fineprint.ledger_gaps ORDER BY since_at, gap_key`,
  );
  return rows as Standing[];
}

async function save(
  client: Queryable,
  alert: AlertRecord,
  gap: Pick<Standing, 'key' | 'hash' | 'sinceMs' | 'untilMs'>,
): Promise<void> {
  await client.query(
    `INSERT INTO fineprint.ledger_gaps AS g (gap_key, raised_at, since_at, until_at, evidence_hash, alert)
     VALUES ($1, to_timestamp($2::double precision / 1000), to_timestamp($3::double precision / 1000),
       to_timestamp($4::double precision / 1000), $5, $6)
     ON CONFLICT (gap_key) DO UPDATE SET evidence_hash = excluded.evidence_hash, alert = excluded.alert,
       since_at = least(g.since_at, excluded.since_at), until_at = excluded.until_at`,
    [gap.key, alert.raised_at, gap.sinceMs, gap.untilMs, gap.hash, JSON.stringify(alert)],
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
