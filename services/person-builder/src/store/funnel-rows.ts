import type { FunnelRow, Revised } from '../rows.ts';
import type { Transaction } from './postgres.ts';
import type { Standing } from './states.ts';

interface StoredRow {
  readonly person: string;
  readonly funnel: string;
  readonly definition_version: number;
  readonly revision: string;
  readonly level: number;
  readonly step_count: number;
  readonly steps: readonly string[];
  readonly step_times: readonly Date[];
  readonly entered_at: Date | null;
  readonly reached_at: Date | null;
  readonly open_until: Date | null;
  readonly exact: boolean;
  readonly merged_into: string | null;
  readonly updated_at: Date;
}

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

const toRow = (stored: StoredRow): Revised<FunnelRow> => ({
  person: stored.person,
  name: stored.funnel,
  definitionVersion: stored.definition_version,
  level: stored.level,
  stepCount: stored.step_count,
  steps: stored.steps,
  stepTimesMs: stored.step_times.map((time) => time.getTime()),
  enteredAtMs: stored.entered_at?.getTime() ?? null,
  reachedAtMs: stored.reached_at?.getTime() ?? null,
  openUntilMs: stored.open_until?.getTime() ?? null,
  exact: stored.exact,
  mergedInto: stored.merged_into,
  revision: Number(stored.revision),
  updatedAtMs: stored.updated_at.getTime(),
});

export async function readFunnelRows(
  tx: Transaction,
  standings: readonly Standing[],
): Promise<Revised<FunnelRow>[]> {
  const rows = await tx.rows<StoredRow>(
    `SELECT row.* FROM unnest($1::text[], $2::text[]) AS asked (person, funnel)
     CROSS JOIN LATERAL (
       SELECT * FROM fineprint.funnel_progress AS known WHERE known.person = asked.person AND known.funnel = asked.funnel OFFSET 0
     ) AS row`,
    [standings.map((s) => s.person), standings.map((s) => s.name)],
  );
  return rows.map(toRow);
}

const COLUMNS = `person text, funnel text, definition_version int, level int, step_count int, steps text[],
  step_times timestamptz[], entered_at timestamptz, reached_at timestamptz, open_until timestamptz, exact boolean,
  merged_into text`;

/** Writes rows as the newest of their persons and funnels. Revisions are taken while the persons are held. */
export async function writeFunnelRows(
  tx: Transaction,
  rows: readonly FunnelRow[],
): Promise<Revised<FunnelRow>[]> {
  if (rows.length === 0) return [];
  const records = rows.map((row) => ({
    person: row.person,
    funnel: row.name,
    definition_version: row.definitionVersion,
    level: row.level,
    step_count: row.stepCount,
    steps: row.steps,
    step_times: row.stepTimesMs.map(iso),
    entered_at: iso(row.enteredAtMs),
    reached_at: iso(row.reachedAtMs),
    open_until: iso(row.openUntilMs),
    exact: row.exact,
    merged_into: row.mergedInto,
  }));
  const stored = await tx.rows<StoredRow>(
    `INSERT INTO fineprint.funnel_progress (person, funnel, definition_version, level, step_count, steps, step_times,
       entered_at, reached_at, open_until, exact, merged_into, revision, updated_at)
     SELECT given.*, nextval('fineprint.person_revision'), clock_timestamp()
     FROM jsonb_to_recordset($1) AS given (${COLUMNS})
     ON CONFLICT (person, funnel) DO UPDATE SET definition_version = excluded.definition_version,
       level = excluded.level, step_count = excluded.step_count, steps = excluded.steps,
       step_times = excluded.step_times, entered_at = excluded.entered_at, reached_at = excluded.reached_at,
       open_until = excluded.open_until, exact = excluded.exact, merged_into = excluded.merged_into,
       revision = excluded.revision, updated_at = excluded.updated_at
     RETURNING *`,
    [JSON.stringify(records)],
  );
  return stored.map(toRow);
}
