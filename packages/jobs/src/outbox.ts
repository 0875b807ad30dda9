import type { OutboxRecord, OutboxTable, Queryable } from '@fineprint/http-kit';
import type { TopicName } from '@fineprint/topology';

/** Of what jobs decide on: for http-kit's `publishOutbox`. */
export const jobOutbox: OutboxTable = { table: 'fineprint.job_outbox', columns: 'topic, key, record' };

/** Writes records down to be published, in the transaction that decides on them. */
export async function putInOutbox(
  client: Queryable,
  records: readonly OutboxRecord<TopicName>[],
): Promise<void> {
  if (records.length === 0) return;
  await client.query(
    `INSERT INTO fineprint.job_outbox (topic, key, record)
     SELECT topic, key, record::json FROM unnest($1::text[], $2::text[], $3::text[])
       WITH ORDINALITY AS o (topic, key, record, position) ORDER BY position`,
    [records.map((r) => r.topic), records.map((r) => r.key), records.map((r) => JSON.stringify(r.record))],
  );
}
