import { msOf } from '@fineprint/alert-store';
import { inTransaction } from '@fineprint/http-kit';
import type { RecordOf } from '@fineprint/topology';
import type { Pool } from 'pg';
import { putOut } from '../put-out.ts';
import type { DeliveryRecord } from './attempt.ts';

/** A message, claimed to be sent. */
export interface Message {
  readonly deliveryId: string;
  readonly receiver: string;
  readonly alerts: readonly RecordOf<'alerts'>[];
  readonly createdAtMs: number;
  readonly attempt: number;
  /** Names this claim. */
  readonly token: string;
}

/** How an attempt ended, and when there is another. */
export type Ending =
  | { readonly state: 'delivered' }
  | { readonly state: 'pending'; readonly waitMs: number; readonly error: string }
  | { readonly state: 'given_up'; readonly error: string };

/** Which messages: of receivers that are not busy here, or of this one. */
export type Choice = { readonly not: readonly string[] } | { readonly only: string };

/** Claims the message that has been due for longest; null where there is none. */
export async function claimMessage(
  pool: Pool,
  token: string,
  leaseMs: number,
  choice: Choice,
): Promise<Message | null> {
  const { rows } = await pool.query(
    `UPDATE fineprint.alert_deliveries SET attempts = attempts + 1, lease_token = $1,
       lease_until = clock_timestamp() + $2 * interval '1 millisecond'
     WHERE delivery_id = (
       SELECT delivery_id FROM fineprint.alert_deliveries
       WHERE state = 'pending' AND next_attempt_at <= clock_timestamp()
         AND receiver <> ALL($3) AND ($4::text IS NULL OR receiver = $4)
         AND (lease_until IS NULL OR lease_until <= clock_timestamp())
       ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
     )
     RETURNING delivery_id AS "deliveryId", receiver, alerts, ${msOf('created_at')} AS "createdAtMs", attempts AS attempt,
       lease_token AS token`,
    [token, leaseMs, 'not' in choice ? choice.not : [], 'only' in choice ? choice.only : null],
  );
  return rows[0] ?? null;
}

/** Writes down how an attempt ended, once. False where somebody else has the message by now, and will write it down. */
export function endAttempt(
  pool: Pool,
  { deliveryId, token }: Message,
  ending: Ending,
  record: DeliveryRecord,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE fineprint.alert_deliveries SET state = $3, last_error = $4, lease_token = NULL, lease_until = NULL,
         next_attempt_at = clock_timestamp() + $5 * interval '1 millisecond',
         finished_at = CASE WHEN $3 = 'pending' THEN NULL ELSE clock_timestamp() END
       WHERE delivery_id = $1 AND lease_token = $2 AND state = 'pending'`,
      [
        deliveryId,
        token,
        ending.state,
        ending.state === 'delivered' ? null : ending.error,
        ending.state === 'pending' ? ending.waitMs : 0,
      ],
    );
    if (rowCount !== 1) return false;
    await putOut(client, { topic: 'alerts.deliveries', key: record.receiver, record });
    return true;
  });
}

export interface Pending {
  readonly messages: number;
  readonly oldestSeconds: number;
}

export async function readPending(pool: Pool): Promise<Pending> {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS messages, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::double precision AS "oldestSeconds"
     FROM fineprint.alert_deliveries WHERE state = 'pending'`,
  );
  return rows[0];
}

/** Longer than Kafka keeps alerts: what it gives again is known until then. */
const KEPT_DAYS = 21;
/** An alert that was never resolved is forgotten, too. */
const LONGEST_DAYS = 400;

/** Forgets what is long over. What was told when stays in ClickHouse. */
export async function forgetOld(pool: Pool): Promise<void> {
  const before = (days: number) => `clock_timestamp() - interval '${days} days'`;
  await pool.query(
    `DELETE FROM fineprint.alert_notices n WHERE state <> 'waiting' AND created_at < ${before(KEPT_DAYS)} AND (
       created_at < ${before(LONGEST_DAYS)} OR EXISTS (SELECT FROM fineprint.alert_notices r
         WHERE r.dedup_key = n.dedup_key AND r.raised_at = n.raised_at AND r.receiver = n.receiver
           AND r.alert->>'state' = 'resolved' AND r.created_at < ${before(KEPT_DAYS)}))`,
  );
  await pool.query(`DELETE FROM fineprint.alert_deliveries WHERE finished_at < ${before(KEPT_DAYS)}`);
}
