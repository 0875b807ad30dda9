import { inTransaction } from '@fineprint/http-kit';
import type { Pool } from 'pg';

/** A record that was decided on, as the outbox holds it. */
export interface OutboxRecord {
  readonly topic: 'ai.drift' | 'alerts';
  readonly key: string;
  readonly record: object;
}

/** Any number: whoever publishes takes the same lock, so that records of a key keep their order. */
const LOCK = 7_251_008;
const BATCH = 500;
/** Longer than Kafka's own delivery timeout; beyond it Postgres lets others publish. */
const LOCK_TIMEOUT_MS = 45_000;
const IDLE_TIMEOUT_MS = 40_000;

/**
 * Publishes everything in the outbox and takes it out afterwards; resolves with how many. A crash in between publishes the
 * same bytes again, under the same ids.
 */
export async function publishOutbox(
  pool: Pool,
  publish: (records: readonly OutboxRecord[]) => Promise<void>,
): Promise<number> {
  let published = 0;
  for (;;) {
    const count = await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
      // A process that froze while it held the lock must not hold it for good.
      await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`);
      await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      const { rows } = await client.query(
        'SELECT id, topic, key, record FROM fineprint.ai_drift_outbox ORDER BY id LIMIT $1',
        [BATCH],
      );
      if (rows.length === 0) return 0;
      await publish(rows as OutboxRecord[]);
      await client.query('DELETE FROM fineprint.ai_drift_outbox WHERE id = ANY($1)', [
        rows.map((row: { id: string }) => row.id),
      ]);
      return rows.length;
    });
    published += count;
    if (count < BATCH) return published;
  }
}
