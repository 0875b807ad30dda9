import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { inTransaction, type Queryable } from './in-transaction.ts';

/** A table of slots: slot_at, owner, lease_until, claims, finished_at, and at most one row that is not finished. */
export type SlotTable = `fineprint.${string}`;

/** The right to evaluate a slot, until its lease runs out. */
export interface Claim {
  readonly slotMs: number;
  readonly owner: string;
  /** Whether somebody held it before and did not finish. */
  readonly isTakenOver: boolean;
  /** Slots that nobody evaluated since the last one: everything was down, or a slot took longer than the interval. */
  readonly skippedSlots: number;
}

export interface SlotTimes {
  readonly intervalMs: number;
  /** A slot is evaluated this long after it began, so that its last requests have arrived. */
  readonly settleMs: number;
  readonly leaseMs: number;
}

const KEPT_DAYS = 7;

/**
 * Claims the slot of now, or one that its owner left unfinished; null where there is nothing to do. Time is Postgres' own
 * for everybody, so no instance's clock can claim the future.
 */
export function claimSlot(pool: Pool, table: SlotTable, times: SlotTimes): Promise<Claim | null> {
  return inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [table]);
    const { nowMs, unfinished, lastMs } = await readSlots(client, table);
    const owner = randomUUID();
    if (unfinished !== null) {
      if (unfinished.leaseUntilMs > nowMs) return null;
      await client.query(
        `UPDATE ${table} SET owner = $1, claims = claims + 1,
           lease_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE finished_at IS NULL`,
        [owner, times.leaseMs],
      );
      return { slotMs: unfinished.slotMs, owner, isTakenOver: true, skippedSlots: 0 };
    }
    const slotMs = Math.floor((nowMs - times.settleMs) / times.intervalMs) * times.intervalMs;
    if (lastMs !== null && lastMs >= slotMs) return null;
    await client.query(
      `INSERT INTO ${table} (slot_at, owner, lease_until)
       VALUES (to_timestamp($1::double precision / 1000), $2, clock_timestamp() + $3 * interval '1 millisecond')`,
      [slotMs, owner, times.leaseMs],
    );
    await client.query(
      `DELETE FROM ${table} WHERE finished_at < clock_timestamp() - interval '${KEPT_DAYS} days'`,
    );
    const skippedSlots =
      lastMs === null ? 0 : Math.max(0, Math.floor((slotMs - lastMs) / times.intervalMs) - 1);
    return { slotMs, owner, isTakenOver: false, skippedSlots };
  });
}

interface Seen {
  readonly nowMs: number;
  readonly unfinished: { readonly slotMs: number; readonly leaseUntilMs: number } | null;
  readonly lastMs: number | null;
}

const MS = (expression: string) => `(extract(epoch FROM ${expression}) * 1000)::double precision`;

async function readSlots(client: Queryable, table: SlotTable): Promise<Seen> {
  const { rows } = await client.query(
    `SELECT ${MS('clock_timestamp()')} AS "nowMs", ${MS('max(slot_at)')} AS "lastMs",
       ${MS('max(slot_at) FILTER (WHERE finished_at IS NULL)')} AS "slotMs",
       ${MS('max(lease_until) FILTER (WHERE finished_at IS NULL)')} AS "leaseUntilMs"
     FROM ${table}`,
  );
  const { nowMs, lastMs, slotMs, leaseUntilMs } = rows[0];
  return { nowMs, lastMs, unfinished: slotMs === null ? null : { slotMs, leaseUntilMs } };
}

const OURS = 'slot_at = to_timestamp($1::double precision / 1000) AND owner = $2 AND finished_at IS NULL';

/** Puts the lease's end off; false where somebody else has the slot by now. */
export async function renewClaim(
  pool: Pool,
  table: SlotTable,
  { slotMs, owner }: Claim,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE ${table} SET lease_until = clock_timestamp() + $3 * interval '1 millisecond' WHERE ${OURS}`,
    [slotMs, owner, leaseMs],
  );
  return rowCount === 1;
}

/** Whether the slot is still ours; nobody else can take it until the transaction ends. */
export async function holdClaim(
  client: Queryable,
  table: SlotTable,
  { slotMs, owner }: Claim,
): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT 1 FROM ${table} WHERE ${OURS} FOR UPDATE`, [slotMs, owner]);
  return rowCount === 1;
}

/** The slot is evaluated and published. False where somebody else has it by now. */
export async function finishClaim(pool: Pool, table: SlotTable, { slotMs, owner }: Claim): Promise<boolean> {
  const { rowCount } = await pool.query(`UPDATE ${table} SET finished_at = clock_timestamp() WHERE ${OURS}`, [
    slotMs,
    owner,
  ]);
  return rowCount === 1;
}

/** Gives it back unfinished, so that nobody waits for the lease. */
export async function releaseClaim(pool: Pool, table: SlotTable, { slotMs, owner }: Claim): Promise<void> {
  await pool.query(`UPDATE ${table} SET lease_until = clock_timestamp() WHERE ${OURS}`, [slotMs, owner]);
}

/** How long ago the last finished slot was; null where there is none. */
export async function secondsBehind(pool: Pool, table: SlotTable): Promise<number | null> {
  const { rows } = await pool.query(
    `SELECT extract(epoch FROM clock_timestamp() - max(slot_at))::double precision AS seconds
     FROM ${table} WHERE finished_at IS NOT NULL`,
  );
  return rows[0].seconds;
}
