import type { CohortRow, Revised } from '../rows.ts';
import type { Transaction } from './postgres.ts';
import type { Standing } from './states.ts';

interface StoredRow {
  readonly person: string;
  readonly cohort: string;
  readonly definition_version: number;
  readonly revision: string;
  readonly member: boolean;
  readonly since: Date | null;
  readonly merged_into: string | null;
  readonly updated_at: Date;
}

const toRow = (stored: StoredRow): Revised<CohortRow> => ({
  person: stored.person,
  name: stored.cohort,
  definitionVersion: stored.definition_version,
  member: stored.member,
  sinceMs: stored.since?.getTime() ?? null,
  mergedInto: stored.merged_into,
  revision: Number(stored.revision),
  updatedAtMs: stored.updated_at.getTime(),
});

export async function readCohortRows(
  tx: Transaction,
  standings: readonly Standing[],
): Promise<Revised<CohortRow>[]> {
  const rows = await tx.rows<StoredRow>(
    `SELECT row.* FROM unnest($1::text[], $2::text[]) AS asked (person, cohort)
     CROSS JOIN LATERAL (
       SELECT * FROM fineprint.cohort_members AS known WHERE known.person = asked.person AND known.cohort = asked.cohort OFFSET 0
     ) AS row`,
    [standings.map((s) => s.person), standings.map((s) => s.name)],
  );
  return rows.map(toRow);
}

/** Writes rows as the newest of their persons and cohorts. Revisions are taken while the persons are held. */
export async function writeCohortRows(
  tx: Transaction,
  rows: readonly CohortRow[],
): Promise<Revised<CohortRow>[]> {
  if (rows.length === 0) return [];
  const records = rows.map((row) => ({
    person: row.person,
    cohort: row.name,
    definition_version: row.definitionVersion,
    member: row.member,
    since: row.sinceMs === null ? null : new Date(row.sinceMs).toISOString(),
    merged_into: row.mergedInto,
  }));
  const stored = await tx.rows<StoredRow>(
    `INSERT INTO fineprint.cohort_members (person, cohort, definition_version, member, since, merged_into, revision,
       updated_at)
     SELECT given.*, nextval('fineprint.person_revision'), clock_timestamp()
     FROM jsonb_to_recordset($1) AS given (person text, cohort text, definition_version int, member boolean,
       since timestamptz, merged_into text)
     ON CONFLICT (person, cohort) DO UPDATE SET definition_version = excluded.definition_version,
       member = excluded.member, since = excluded.since, merged_into = excluded.merged_into,
       revision = excluded.revision, updated_at = excluded.updated_at
     RETURNING *`,
    [JSON.stringify(records)],
  );
  return stored.map(toRow);
}
