import { type DriftState, INITIAL_DRIFT_STATE, stepDrift } from '@fineprint/drift';
import { inTransaction, type OutboxTable, type Queryable, type SlotTable } from '@fineprint/http-kit';
import type { Pool } from 'pg';
import {
  alertRecord,
  type DriftRecord,
  driftRecord,
  type Evaluation,
  keyOf,
  type SeriesKey,
} from './records.ts';

/** What became of a chunk of evaluations. */
export interface Decided {
  readonly records: readonly DriftRecord[];
  /** Evaluations for a slot that was evaluated before, or is older than one that was: nothing was done. */
  readonly repeats: number;
}

interface Row extends SeriesKey {
  readonly slotMs: number | null;
  readonly state: DriftState;
  readonly raisedAtMs: number | null;
}

interface Next extends SeriesKey {
  readonly state: DriftState;
  readonly raisedAtMs: number | null;
}

interface Outgoing {
  readonly topic: 'ai.drift' | 'alerts';
  readonly key: string;
  readonly record: object;
}

/**
 * Decides what evaluations mean, in one transaction: each series' row is locked, moves on by one step and only to a later
 * slot, and what is to be published goes into the outbox beside it. So a slot counts once for a series whoever evaluates
 * it and however often, and what was decided is what is published.
 */
export function decide(
  pool: Pool,
  slotMs: number,
  evaluations: readonly Evaluation[],
  nowMs: number,
): Promise<Decided> {
  const wanted = new Map(evaluations.map((e) => [keyOf(seriesOf(e)), e]));
  return inTransaction(pool, async (client) => {
    const rows = await lockRows(client, [...wanted.values()].map(seriesOf));
    const records: DriftRecord[] = [];
    const outgoing: Outgoing[] = [];
    const next: Next[] = [];
    for (const row of rows) {
      const evaluation = wanted.get(keyOf(row));
      if (evaluation === undefined || (row.slotMs !== null && row.slotMs >= slotMs)) continue;
      const step = decideOne(slotMs, row, evaluation, nowMs);
      next.push(step.next);
      records.push(step.record);
      outgoing.push(...step.outgoing);
    }
    await saveRows(client, slotMs, next);
    await putOut(client, outgoing);
    return { records, repeats: wanted.size - records.length };
  });
}

function decideOne(slotMs: number, row: Row, evaluation: Evaluation, nowMs: number) {
  const { verdict } = evaluation.measurement;
  const { state, change } = stepDrift(row.state, verdict, evaluation.comparison.settings);
  const record = driftRecord(slotMs, evaluation, { from: row.state.level, to: state.level }, nowMs);
  const key = keyOf(row);
  const outgoing: Outgoing[] = [{ topic: 'ai.drift', key, record }];
  const raisedAtMs = row.raisedAtMs ?? slotMs;
  if (change !== null) {
    const alert = alertRecord(row, change, { slotMs, raisedAtMs }, evidenceOf(record));
    outgoing.push({ topic: 'alerts', key, record: alert });
  }
  const next = { ...row, state, raisedAtMs: state.level === 'stable' ? null : raisedAtMs };
  return { next, record, outgoing };
}

/** Alerts of series without traffic since then are resolved: nobody would ever say so otherwise. */
export function resolveSilent(pool: Pool, slotMs: number, silentSinceMs: number): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query(
      `${SELECT} WHERE raised_at IS NOT NULL AND slot_at < to_timestamp($1::double precision / 1000)
       ${ORDER} LIMIT ${MAX_SILENT} FOR UPDATE OF s`,
      [silentSinceMs],
    );
    const silent = rows as Row[];
    const outgoing = silent.map((row): Outgoing => {
      const change = { from: row.state.level, to: 'stable' } as const;
      const evidence = { reason: 'no_traffic', last_evaluated: isoOf(row.slotMs ?? slotMs) };
      const alert = alertRecord(row, change, { slotMs, raisedAtMs: row.raisedAtMs ?? slotMs }, evidence);
      return { topic: 'alerts', key: keyOf(row), record: alert };
    });
    await saveRows(
      client,
      slotMs,
      silent.map((row) => ({ ...row, state: INITIAL_DRIFT_STATE, raisedAtMs: null })),
    );
    await putOut(client, outgoing);
    return silent.length;
  });
}

/** Of one slot; the next one takes further ones. */
const MAX_SILENT = 1_000;
const SELECT = `SELECT s.model_name AS model, s.model_version AS version, s.measure, s.state,
  (extract(epoch FROM s.slot_at) * 1000)::double precision AS "slotMs",
  (extract(epoch FROM s.raised_at) * 1000)::double precision AS "raisedAtMs"
  FROM fineprint.ai_drift_state s`;
/** Everybody locks in this order, so nobody waits in a circle. */
const ORDER = 'ORDER BY s.model_name COLLATE "C", s.model_version COLLATE "C", s.measure COLLATE "C"';

async function lockRows(client: Queryable, series: readonly SeriesKey[]): Promise<Row[]> {
  const columns = [series.map((s) => s.model), series.map((s) => s.version), series.map((s) => s.measure)];
  await client.query(
    `INSERT INTO fineprint.ai_drift_state AS s (model_name, model_version, measure, state)
     SELECT model_name, model_version, measure, $4::json
     FROM unnest($1::text[], $2::text[], $3::text[]) AS s (model_name, model_version, measure) ${ORDER}
     ON CONFLICT DO NOTHING`,
    [...columns, JSON.stringify(INITIAL_DRIFT_STATE)],
  );
  const { rows } = await client.query(
    `${SELECT} JOIN unnest($1::text[], $2::text[], $3::text[]) AS w (model_name, model_version, measure)
     USING (model_name, model_version, measure) ${ORDER} FOR UPDATE OF s`,
    columns,
  );
  return rows as Row[];
}

async function saveRows(client: Queryable, slotMs: number, rows: readonly Next[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `UPDATE fineprint.ai_drift_state AS s
     SET slot_at = to_timestamp($6::double precision / 1000), state = n.state::json,
       raised_at = to_timestamp(n.raised_ms / 1000)
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::double precision[])
       AS n (model_name, model_version, measure, state, raised_ms)
     WHERE (s.model_name, s.model_version, s.measure) = (n.model_name, n.model_version, n.measure)`,
    [
      rows.map((r) => r.model),
      rows.map((r) => r.version),
      rows.map((r) => r.measure),
      rows.map((r) => JSON.stringify(r.state)),
      rows.map((r) => r.raisedAtMs),
      slotMs,
    ],
  );
}

/** Who evaluates which slot. */
export const DRIFT_SLOTS: SlotTable = 'fineprint.ai_drift_slots';

/** What was decided and is yet to be published. */
export const DRIFT_OUTBOX: OutboxTable = {
  table: 'fineprint.ai_drift_outbox',
  columns: 'topic, key, record',
};

async function putOut(client: Queryable, outgoing: readonly Outgoing[]): Promise<void> {
  if (outgoing.length === 0) return;
  await client.query(
    `INSERT INTO ${DRIFT_OUTBOX.table} (topic, key, record)
     SELECT topic, key, record::json FROM unnest($1::text[], $2::text[], $3::text[])
       WITH ORDINALITY AS o (topic, key, record, position) ORDER BY position`,
    [outgoing.map((o) => o.topic), outgoing.map((o) => o.key), outgoing.map((o) => JSON.stringify(o.record))],
  );
}

const seriesOf = ({ comparison: { model, version }, measure }: Evaluation): SeriesKey => ({
  model,
  version,
  measure,
});

const isoOf = (ms: number) => new Date(ms).toISOString();

/** What an alert shows of the evaluation that caused it. */
function evidenceOf(record: DriftRecord): object {
  return {
    drift_id: record.drift_id,
    verdict: record.verdict,
    psi: record.psi,
    ks_statistic: record.ks_statistic,
    ks_p_value: record.ks_p_value,
    ks_at: record.ks_at,
    current: { from: isoOf(record.window_start), to: isoOf(record.window_end), count: record.current_count },
    baseline: {
      version: record.baseline_version,
      from: isoOf(record.baseline_start),
      to: isoOf(record.baseline_end),
      count: record.baseline_count,
    },
    settings: JSON.parse(record.settings),
  };
}
