import { inTransaction, type Queryable } from '@fineprint/http-kit';
import type { TopicName } from '@fineprint/topology';
import type { Pool } from 'pg';

/** A record that a job decided on. */
export interface OutboxRecord {
  readonly topic: TopicName;
  readonly key: string;
  readonly record: object;
}

/** Any number: whoever publishes takes the same lock, so that records of a key keep their order. */
const LOCK = 7_251_011;
const BATCH = 500;
/** Longer than Kafka's own delivery timeout; beyond it Postgres lets others publish. */
const LOCK_TIMEOUT_MS = 45_000;
const IDLE_TIMEOUT_MS = 40_000;

/** Writes records down to be published, in the transaction that decides on them. */
export async function putInOutbox(client: Queryable, records: readonly OutboxRecord[]): Promise<void> {
  if (records.length === 0) return;
  await client.query(
    `INSERT INTO fineprint.job_outbox (topic, key, record)
     SELECT topic, key, record::json FROM unnest($1::text[], $2::text[], $3::text[])
       WITH ORDINALITY AS o (topic, key, record, position) ORDER BY position`,
    [records.map((r) => r.topic), records.map((r) => r.key), records.map((r) => JSON.stringify(r.record))],
  );
}

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
        'SELECT id, topic, key, record FROM fineprint.job_outbox ORDER BY id LIMIT $1',
        [BATCH],
      );
      const records = rows as (OutboxRecord & { readonly id: string })[];
      if (records.length === 0) return 0;
      await publish(records);
      await client.query('DELETE FROM fineprint.job_outbox WHERE id = ANY($1)', [records.map((r) => r.id)]);
      return records.length;
    });
    published += count;
    if (count < BATCH) return published;
  }
}
