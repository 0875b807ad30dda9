import type { Database } from './database.ts';
import { type StepName, stepsOf } from './requests.ts';

/** What is not done again: the list of the erased outlived the restore, vendors were asked already, and archives are gone. */
const ONCE: ReadonlySet<StepName> = new Set<StepName>(['list', 'destinations', 'archives']);
const AGAIN = stepsOf.erasure.filter((name) => !ONCE.has(name));
/** Between the clocks of two machines. */
const CLOCKS_APART_S = 600;

/**
 * After stores were set back to a moment: erasures that ended since are open again, and so are those that had begun. Of a subject
 * that was erased several times the last one is. Runs in the transaction that sets the stores back. Answers how many there are.
 */
export async function reopenErasures(database: Database, since: Date): Promise<number> {
  const { rows } = await database.query(
    `UPDATE fineprint.privacy_requests AS r SET state = 'open', finished_at = NULL
     FROM (SELECT DISTINCT ON (subject_hash) id, state, finished_at FROM fineprint.privacy_requests
           WHERE kind = 'erasure' ORDER BY subject_hash, (state = 'open') DESC, created_at DESC) AS last
     WHERE r.id = last.id AND (last.state = 'open' OR last.finished_at > $1::timestamptz - interval '${CLOCKS_APART_S} seconds')
     RETURNING r.id`,
    [since],
  );
  await database.query(
    `UPDATE fineprint.privacy_steps SET state = 'waiting', finished_at = NULL, error_code = NULL
     WHERE request_id = ANY($1) AND name = ANY($2)`,
    [(rows as { id: string }[]).map(({ id }) => id), AGAIN],
  );
  return rows.length;
}
