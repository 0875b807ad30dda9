import { listDefinitions, timeOf } from '@fineprint/alert-store';
import { inTransaction, type Queryable } from '@fineprint/http-kit';
import { type DecodedRecord, type EffectStage, PoisonError, StreamError } from '@fineprint/stream-runtime';
import { DatabaseError, type Pool } from 'pg';
import type { AlertMetrics } from '../metrics.ts';
import { type LastTold, tell } from './tell.ts';

export type IntakeStage = EffectStage<'alert-manager', 'alerts'>;
type AlertInput = DecodedRecord<'alerts'>;

/** Every node's alerts in; in Postgres, whom to tell of each. A repeat tells nobody again. */
export function createIntakeStage(
  pool: Pool,
  metrics: Pick<AlertMetrics, 'notices'>,
  onUnreadable: (receiver: string) => void,
): IntakeStage {
  return {
    node: 'alert-manager',
    input: 'alerts',
    admit: ({ state }) =>
      state === 'raised' || state === 'resolved'
        ? 'apply'
        : {
            type: 'dead-letter',
            code: 'unknown_state',
            message: 'the state is neither raised nor resolved',
            path: 'state',
          },
    async apply(records) {
      const counts = await inTransaction(pool, (client) => takeIn(client, records, onUnreadable)).catch(
        (error: unknown) => Promise.reject(judge(error)),
      );
      for (const outcome of ['told', 'repeat', 'nobody'] as const)
        metrics.notices.inc({ outcome }, counts[outcome]);
      return { emissions: [] };
    },
  };
}

async function takeIn(
  client: Queryable,
  records: readonly AlertInput[],
  onUnreadable: (receiver: string) => void,
) {
  const receivers = await listDefinitions(client, 'receiver', undefined, onUnreadable);
  const counts = { told: 0, repeat: 0, nobody: 0 };
  for (const { record: alert, input } of records) {
    const before = counts.told + counts.repeat;
    for (const receiver of receivers) {
      // What Kafka had before somebody asked to be told is not for them: a new receiver hears no history.
      if (input.timestampMs < receiver.createdAtMs) continue;
      const { value } = receiver;
      const key = tell(value, alert, await lastTold(client, alert, value.name));
      if (key === null) continue;
      const { rowCount } = await client.query(
        `INSERT INTO fineprint.alert_notices (alert_id, receiver, group_key, dedup_key, raised_at, alert, due_at)
         VALUES ($1, $2, $3, $4, ${timeOf('$5')}, $6, clock_timestamp() + $7 * interval '1 second')
         ON CONFLICT (alert_id, receiver) DO NOTHING`,
        [
          alert.alert_id,
          value.name,
          key,
          alert.dedup_key,
          alert.raised_at,
          JSON.stringify(alert),
          value.group_wait_seconds,
        ],
      );
      if (rowCount === 1) counts.told++;
      else counts.repeat++;
    }
    if (counts.told + counts.repeat === before) counts.nobody++;
  }
  return counts;
}

async function lastTold(
  client: Queryable,
  alert: AlertInput['record'],
  receiver: string,
): Promise<LastTold | null> {
  const { rows } = await client.query(
    `SELECT alert->>'state' AS state, alert->>'severity' AS severity, group_key AS "groupKey"
     FROM fineprint.alert_notices WHERE dedup_key = $1 AND raised_at = ${timeOf('$2')} AND receiver = $3 AND state <> 'muted'
     ORDER BY id DESC LIMIT 1`,
    [alert.dedup_key, alert.raised_at, receiver],
  );
  return rows[0] ?? null;
}

/** Data that Postgres cannot hold: out of range, or too long. */
const POISON = /^(22|23|54)/;

/** Messages may quote values, so only Postgres' codes are passed on. */
function judge(error: unknown): StreamError | PoisonError {
  const code = error instanceof DatabaseError ? (error.code ?? '') : '';
  if (POISON.test(code))
    return new PoisonError('store_refused', `Postgres refused the record (${code})`, { cause: error });
  return new StreamError('unavailable', `Postgres did not take the alerts (${code || 'no code'})`, {
    cause: error,
    retriable: true,
  });
}
