import { type Database, msOf } from './database.ts';

/** How a rule did the last time. */
export interface RuleProgress {
  readonly rule: string;
  readonly slotMs: number;
  readonly outcome: 'evaluated' | 'unavailable' | 'failed';
  readonly series: number;
  readonly bad: number;
  readonly errorCode: string | null;
}

export async function readProgress(database: Database): Promise<ReadonlyMap<string, RuleProgress>> {
  const { rows } = await database.query(
    `SELECT rule, ${msOf('slot_at')} AS "slotMs", outcome, series, bad, error_code AS "errorCode" FROM fineprint.alert_rule_progress`,
  );
  return new Map((rows as RuleProgress[]).map((row) => [row.rule, row]));
}

/** A message that somebody is told, or was to be. */
export interface StoredDelivery {
  readonly deliveryId: string;
  readonly receiver: string;
  readonly state: 'pending' | 'delivered' | 'given_up';
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  readonly createdAtMs: number;
  readonly finishedAtMs: number | null;
  readonly lastError: string | null;
  readonly alerts: readonly { readonly alert_id: string; readonly title: string; readonly state: string }[];
}

export interface DeliveryFilter {
  readonly receiver: string | null;
  readonly state: string | null;
  readonly limit: number;
  readonly offset: number;
}

/** The newest first. Attempts one by one are in ClickHouse. */
export async function listDeliveries(database: Database, filter: DeliveryFilter): Promise<StoredDelivery[]> {
  const { rows } = await database.query(
    `SELECT delivery_id AS "deliveryId", receiver, state, attempts, ${msOf('next_attempt_at')} AS "nextAttemptAtMs",
       ${msOf('created_at')} AS "createdAtMs", ${msOf('finished_at')} AS "finishedAtMs", last_error AS "lastError", alerts
     FROM fineprint.alert_deliveries
     WHERE ($1::text IS NULL OR receiver = $1) AND ($2::text IS NULL OR state = $2)
     ORDER BY created_at DESC, delivery_id LIMIT $3 OFFSET $4`,
    [filter.receiver, filter.state, filter.limit, filter.offset],
  );
  return rows as StoredDelivery[];
}
