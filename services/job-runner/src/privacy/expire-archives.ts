import { removeArchives } from './archive-file.ts';
import type { PrivacyPorts } from './ports.ts';

/** Archives whose time is over go, and their requests forget whom they were about. */
export async function expireArchives(ports: PrivacyPorts): Promise<number> {
  const { pool } = ports;
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM fineprint.privacy_requests
     WHERE archive IS NOT NULL AND (archive ->> 'expires_at')::timestamptz < clock_timestamp() LIMIT 1000`,
  );
  const ids = rows.map(({ id }) => id);
  await removeArchives(ports, ids);
  await pool.query(
    'UPDATE fineprint.privacy_requests SET archive = NULL, subject = NULL WHERE id = ANY($1)',
    [ids],
  );
  return rows.length;
}
