import type { Queryable } from '@fineprint/http-kit';
import type { RecordOf } from '@fineprint/topology';
import { ALERT_OUTBOX } from './tables.ts';

type Put = {
  [T in 'alerts' | 'alerts.deliveries']: {
    readonly topic: T;
    readonly key: string;
    readonly record: RecordOf<T>;
  };
}['alerts' | 'alerts.deliveries'];

/** To be published once the transaction stands. */
export async function putOut(client: Queryable, { topic, key, record }: Put): Promise<void> {
  await client.query(`INSERT INTO ${ALERT_OUTBOX.table} (topic, key, record) VALUES ($1, $2, $3)`, [
    topic,
    key,
    JSON.stringify(record),
  ]);
}
