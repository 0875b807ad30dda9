import type { Snapshot } from '../snapshot.ts';
import type { Transaction } from './postgres.ts';

/** Takes the snapshots that are newer than what is there. */
export async function saveStates(tx: Transaction, snapshots: readonly Snapshot[]): Promise<void> {
  await tx.rows(
    `INSERT INTO fineprint.subject_states AS known
       (subject, kind, name, partition, definition_version, as_of_offset, state)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::int[], $6::bigint[], $7::text[])
     ON CONFLICT (subject, kind, name, partition) DO UPDATE
     SET definition_version = excluded.definition_version, as_of_offset = excluded.as_of_offset, state = excluded.state
     WHERE (excluded.definition_version, excluded.as_of_offset) > (known.definition_version, known.as_of_offset)`,
    [
      snapshots.map((s) => s.subject),
      snapshots.map((s) => s.kind),
      snapshots.map((s) => s.name),
      snapshots.map((s) => s.partition),
      snapshots.map((s) => s.definitionVersion),
      snapshots.map((s) => s.asOfOffset),
      snapshots.map((s) => s.state),
    ],
  );
}

/** One person in one funnel or cohort. */
export interface Standing {
  readonly person: string;
  readonly kind: 'funnel' | 'cohort';
  readonly name: string;
}

export const standingKey = ({ person, kind, name }: Standing): string => JSON.stringify([person, kind, name]);

/** The state of one id in one partition. */
export interface MemberState {
  readonly version: number;
  readonly state: string;
}

/** The states of all ids of these persons, always in the same order. */
export async function readMemberStates(
  tx: Transaction,
  standings: readonly Standing[],
): Promise<Map<string, MemberState[]>> {
  const rows = await tx.rows<Standing & MemberState>(
    // OFFSET 0 keeps the order of the look-ups: by person, then by key. Left to itself the planner, before the tables have been
    // counted, looks for every state of a funnel.
    `SELECT asked.person, asked.kind, asked.name, known.definition_version AS version, known.state
     FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (person, kind, name)
     CROSS JOIN LATERAL (SELECT subject FROM fineprint.subjects WHERE person = asked.person OFFSET 0) AS id
     CROSS JOIN LATERAL (
       SELECT partition, definition_version, state FROM fineprint.subject_states
       WHERE subject = id.subject AND kind = asked.kind AND name = asked.name OFFSET 0
     ) AS known
     ORDER BY id.subject, known.partition`,
    [standings.map((s) => s.person), standings.map((s) => s.kind), standings.map((s) => s.name)],
  );
  const states = new Map<string, MemberState[]>();
  for (const row of rows) {
    const key = standingKey(row);
    const list = states.get(key);
    if (list === undefined) states.set(key, [row]);
    else list.push(row);
  }
  return states;
}
