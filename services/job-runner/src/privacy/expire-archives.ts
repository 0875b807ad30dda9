import { rm } from 'node:fs/promises';
import { archivePath, partsPath } from './archive-file.ts';
import type { PrivacyPorts } from './ports.ts';

/** Archives whose time is over go, and their requests forget whom they were about. */
export async function expireArchives({ pool, archiveDir }: PrivacyPorts): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM fineprint.privacy_requests
     WHERE archive IS NOT NULL AND (archive ->> 'expires_at')::timestamptz < clock_timestamp() LIMIT 1000`,
  );
  for (const { id } of rows) {
    await rm(archivePath(archiveDir, id), { force: true });
    await rm(partsPath(archiveDir, id), { recursive: true, force: true });
  }
  await pool.query(
    'UPDATE fineprint.privacy_requests SET archive = NULL, subject = NULL WHERE id = ANY($1)',
    [rows.map(({ id }) => id)],
  );
  return rows.length;
}
