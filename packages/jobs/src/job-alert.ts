import type { Queryable } from '@fineprint/http-kit';
import type { RecordOf } from '@fineprint/topology';
import { v5 as uuidv5 } from 'uuid';
import { putInOutbox } from './outbox.ts';
import { msOf } from './sql-time.ts';

type AlertRecord = RecordOf<'alerts'>;

const KIND = 'job_failed';
const NODE = 'job-runner';
/** Namespace of alert ids: UUIDv5 of this, the job, the state and since when. */
const NAMESPACE = 'c1c1f0de-6a7b-5d53-9c67-4f0f1a5b7d21';

/** How a run ended, for good. */
export interface RunEnd {
  readonly job: string;
  readonly slotMs: number;
  /** Null: it succeeded. */
  readonly errorCode: string | null;
}

/**
 * Raises an alert with a job's first failed run and resolves it with the next that succeeds, in the transaction that ends
 * the run: it is told once.
 */
export async function noteRunEnd(client: Queryable, end: RunEnd): Promise<void> {
  const { rows } = await client.query(
    `SELECT ${msOf('alert_raised_at')} AS "raisedAtMs", floor(${msOf('clock_timestamp()')}) AS "nowMs"
     FROM fineprint.jobs WHERE name = $1 FOR UPDATE`,
    [end.job],
  );
  const { raisedAtMs, nowMs }: { raisedAtMs: number | null; nowMs: number } = rows[0];
  if ((end.errorCode === null) === (raisedAtMs === null)) return;
  const isRaised = end.errorCode !== null;
  await client.query(
    `UPDATE fineprint.jobs SET alert_raised_at = to_timestamp($2::double precision / 1000) WHERE name = $1`,
    [end.job, isRaised ? nowMs : null],
  );
  const alert = alertOf(end, raisedAtMs ?? nowMs, nowMs);
  await putInOutbox(client, [{ topic: 'alerts', key: alert.dedup_key, record: alert }]);
}

function alertOf({ job, slotMs, errorCode }: RunEnd, raisedAtMs: number, nowMs: number): AlertRecord {
  const dedupKey = `${KIND}:${job}`;
  const state = errorCode === null ? 'resolved' : 'raised';
  return {
    alert_id: uuidv5(JSON.stringify([dedupKey, state, raisedAtMs]), NAMESPACE),
    dedup_key: dedupKey,
    kind: KIND,
    severity: 'warning',
    state,
    raised_at: raisedAtMs,
    occurred_at: nowMs,
    title:
      errorCode === null ? `The job ${job} succeeds again` : `A run of the job ${job} failed: ${errorCode}`,
    labels: { job, ...(errorCode === null ? {} : { error_code: errorCode }) },
    evidence: JSON.stringify({ slot: new Date(slotMs).toISOString(), error_code: errorCode }),
    source: NODE,
  };
}
