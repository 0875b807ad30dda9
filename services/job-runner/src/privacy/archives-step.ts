import { removeArchives } from './archive-file.ts';
import { askedOf } from './asked.ts';
import { noteFound } from './note-found.ts';
import type { Step } from './step.ts';

/** Archives that were made for the subject before go too, and their requests forget whom they were about. */
export const archives: Step = async (context) => {
  const { ports, run, request } = context;
  const asked = askedOf(request);
  const { rows } = await ports.pool.query<{ id: string; archived: boolean }>(
    `SELECT id, archive IS NOT NULL AS archived FROM fineprint.privacy_requests
     WHERE id <> $1 AND subject IS NOT NULL AND state <> 'open'
       AND ($2::text IS NULL OR subject ->> 'user_id' = $2 OR ($3::text IS NOT NULL AND subject ->> 'anonymous_id' = $3))
       AND (subject ->> 'user_id' = $2 OR subject ->> 'anonymous_id' = $3)`,
    [request.id, asked.user_id, asked.anonymous_id],
  );
  const archived = rows.filter((row) => row.archived).map(({ id }) => id);
  const most = await noteFound(context, 'archives', 'archives', archived.length);
  await removeArchives(ports, archived);
  await run.whileOurs((client) =>
    client.query(
      'UPDATE fineprint.privacy_requests SET subject = NULL, archive = NULL, scope = NULL WHERE id = ANY($1)',
      [rows.map(({ id }) => id)],
    ),
  );
  return { archives: most };
};
