import type { Pool } from 'pg';
import { inTransaction } from './in-transaction.ts';

/** A record that was decided on in one transaction with what it says, and has yet to be published. */
export interface OutboxRecord<Topic extends string = string> {
  readonly topic: Topic;
  readonly key: string;
  readonly record: object;
}

/** A table with `id`, in the order of decision. */
export interface OutboxTable {
  readonly table: `fineprint.${string}`;
  /** SQL of the columns topic, key and record. */
  readonly columns: string;
}

const BATCH = 500;
/** Longer than Kafka's own delivery timeout; beyond it Postgres lets others publish. */
const LOCK_TIMEOUT_MS = 45_000;
const IDLE_TIMEOUT_MS = 40_000;

/**
 * Publishes everything in the outbox and takes it out afterwards; resolves with how many. A crash in between publishes the
 * same bytes again, under the same ids. Any number may publish at once: they take turns, so records of a key keep their order.
 */
export async function publishOutbox<Topic extends string>(
  pool: Pool,
  { table, columns }: OutboxTable,
  publish: (records: readonly OutboxRecord<Topic>[]) => Promise<void>,
): Promise<number> {
  let published = 0;
  for (;;) {
    const count = await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
      // A process that froze while it held the lock must not hold it for good.
      await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`);
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [table]);
      const { rows } = await client.query(`SELECT id, ${columns} FROM ${table} ORDER BY id LIMIT $1`, [
        BATCH,
      ]);
      if (rows.length === 0) return 0;
      await publish(rows as OutboxRecord<Topic>[]);
      await client.query(`DELETE FROM ${table} WHERE id = ANY($1)`, [
        rows.map((row: { id: string }) => row.id),
      ]);
      return rows.length;
    });
    published += count;
    if (count < BATCH) return published;
  }
}
