import { StreamError } from '@fineprint/stream-runtime';
import type { Database } from './database.ts';
import { type SubjectId, type SubjectKind, subjectName } from './subject.ts';

/** A row that another writer has just made is not in our statement's view of the table: the next one sees it. */
const MAX_TRIES = 5;

interface Row {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly pseudonym: string;
}

/**
 * The pseudonym of each subject, by its name; those without one get one, in the same statement. Whoever asks first makes it, and
 * it is committed before it is answered: every instance, and every restart, is told the same.
 */
export async function pseudonymsOf(
  database: Database,
  subjects: readonly SubjectId[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let wanted = new Map(subjects.map((subject) => [subjectName(subject), subject]));
  for (let tries = 0; tries < MAX_TRIES && wanted.size > 0; tries++) {
    const given = [...wanted.values()];
    const { rows } = await database.query(
      `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[]) AS given (kind, id)),
       known AS (SELECT s.kind, s.id, s.pseudonym FROM given JOIN fineprint.subject_pseudonyms AS s USING (kind, id)),
       made AS (
         INSERT INTO fineprint.subject_pseudonyms (kind, id)
         SELECT kind, id FROM given WHERE NOT EXISTS (SELECT FROM known WHERE known.kind = given.kind AND known.id = given.id)
         ORDER BY kind COLLATE "C", id COLLATE "C"
         ON CONFLICT DO NOTHING RETURNING kind, id, pseudonym)
       SELECT kind, id, pseudonym FROM known UNION ALL SELECT kind, id, pseudonym FROM made`,
      [given.map((s) => s.kind), given.map((s) => s.id)],
    );
    for (const row of rows as Row[]) found.set(subjectName(row), row.pseudonym);
    wanted = new Map([...wanted].filter(([name]) => !found.has(name)));
  }
  if (wanted.size > 0)
    throw new StreamError('unavailable', 'pseudonyms are made and destroyed at the same time', {
      retriable: true,
    });
  return found;
}

/** The pseudonyms that subjects have, by name; nothing is made. */
export async function knownPseudonyms(
  database: Database,
  subjects: readonly SubjectId[],
): Promise<Map<string, string>> {
  const { rows } = await database.query(
    `SELECT s.kind, s.id, s.pseudonym FROM unnest($1::text[], $2::text[]) AS given (kind, id)
     JOIN fineprint.subject_pseudonyms AS s USING (kind, id)`,
    [subjects.map((s) => s.kind), subjects.map((s) => s.id)],
  );
  return new Map((rows as Row[]).map((row) => [subjectName(row), row.pseudonym]));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The other way: whose a pseudonym is, by the pseudonym. Texts that are none are left out. */
export async function subjectsOfPseudonyms(
  database: Database,
  pseudonyms: readonly string[],
): Promise<Map<string, SubjectId>> {
  const given = pseudonyms.filter((text) => UUID.test(text));
  if (given.length === 0) return new Map();
  const { rows } = await database.query(
    'SELECT kind, id, pseudonym FROM fineprint.subject_pseudonyms WHERE pseudonym = ANY($1::uuid[])',
    [given],
  );
  return new Map((rows as Row[]).map(({ kind, id, pseudonym }) => [pseudonym, { kind, id }]));
}
