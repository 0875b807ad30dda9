import { rm } from 'node:fs/promises';
import { archivePath, partsPath } from './archive-file.ts';
import { askedOf } from './asked.ts';
import type { Step } from './step.ts';

/** Archives that were made for the subject before go too, and their requests forget whom they were about. */
export const archives: Step = async ({ ports, run, request }) => {
  const asked = askedOf(request);
  const { rows } = await ports.pool.query<{ id: string }>(
    `SELECT id FROM fineprint.privacy_requests
     WHERE id <> $1 AND subject IS NOT NULL AND state <> 'open'
       AND ($2::text IS NULL OR subject ->> 'user_id' = $2 OR ($3::text IS NOT NULL AND subject ->> 'anonymous_id' = $3))
       AND (subject ->> 'user_id' = $2 OR subject ->> 'anonymous_id' = $3)`,
    [request.id, asked.user_id, asked.anonymous_id],
  );
  for (const { id } of rows) {
    await rm(archivePath(ports.archiveDir, id), { force: true });
    await rm(partsPath(ports.archiveDir, id), { recursive: true, force: true });
  }
  await run.whileOurs((client) =>
    client.query(
      'UPDATE fineprint.privacy_requests SET subject = NULL, archive = NULL, scope = NULL WHERE id = ANY($1)',
      [rows.map(({ id }) => id)],
    ),
  );
  return { archives: rows.length };
};
