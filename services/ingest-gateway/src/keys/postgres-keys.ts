import type { LoadKeys } from '@fineprint/http-kit';
import type { StoredWriteKey } from './write-key-directory.ts';
import type { Database } from './write-keys.ts';

/** More keys than this are a mistake; memory stays bounded. */
const MAX_KEYS = 100_000;

/** Reads the keys in use from Postgres. */
export function loadFromPostgres(database: Database): LoadKeys<StoredWriteKey> {
  return async () => {
    const { rows } = await database.query(
      `SELECT id, source, key_hash AS hash, allowed_origins AS "allowedOrigins"
       FROM fineprint.write_keys WHERE revoked_at IS NULL ORDER BY created_at LIMIT ${MAX_KEYS}`,
    );
    return rows as StoredWriteKey[];
  };
}
