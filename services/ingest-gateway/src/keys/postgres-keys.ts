import type { LoadKeys } from '@fineprint/http-kit';
import type { StoredWriteKey } from './write-key-directory.ts';
import type { Database } from './write-keys.ts';

/** More keys than this are a mistake; memory stays bounded. */
const MAX_KEYS = 100_000;

/** Reads the keys in use from Postgres. */
export function loadFromPostgres(database: Database): LoadKeys<StoredWriteKey> {
  return async () => {
    const { rows } = await database.query(
      `SELECT id, source, key_hash AS hash, allowed_origins AS "allowedOrigins", expires_at AS "expiresAt"
       FROM fineprint.write_keys
       WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
       ORDER BY created_at LIMIT ${MAX_KEYS}`,
    );
    return rows as StoredWriteKey[];
  };
}

/** Keeps the day on which keys were used. */
export const saveWriteKeyUses = (database: Database) => (ids: readonly string[]) =>
  database.query(
    `UPDATE fineprint.write_keys SET last_used_on = (now() AT TIME ZONE 'UTC')::date
     WHERE id::text = ANY($1) AND last_used_on IS DISTINCT FROM (now() AT TIME ZONE 'UTC')::date`,
    [ids],
  );
