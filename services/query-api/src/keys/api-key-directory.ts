import {
  createKeyDirectory,
  type KeyDirectory,
  type KeyDirectoryOptions,
  type LoadKeys,
  type StoredKey,
} from '@fineprint/http-kit';
import { Problem } from '../problem/problem.ts';
import { type ApiKey, apiKeyForm } from './api-key.ts';

/** A key in use, as the store has it. */
export interface StoredApiKey extends ApiKey, StoredKey {}

/** More keys than this are a mistake; memory stays bounded. */
const MAX_KEYS = 100_000;

/** What reading and noting keys needs of a Postgres pool. */
interface Queries {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Reads the keys in use from Postgres. */
export function loadApiKeys(database: Queries): LoadKeys<StoredApiKey> {
  return async () => {
    const { rows } = await database.query(
      `SELECT id, role, datasets, unmasked, key_hash AS hash, expires_at AS "expiresAt" FROM fineprint.api_keys
       WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) ORDER BY created_at LIMIT ${MAX_KEYS}`,
    );
    return rows as StoredApiKey[];
  };
}

/** Keeps the day on which keys were used. */
export const saveApiKeyUses = (database: Queries) => (ids: readonly string[]) =>
  database.query(
    `UPDATE fineprint.api_keys SET last_used_on = (now() AT TIME ZONE 'UTC')::date
     WHERE id::text = ANY($1) AND last_used_on IS DISTINCT FROM (now() AT TIME ZONE 'UTC')::date`,
    [ids],
  );

/** Tells whose API key it is. Rejects with Problem `invalid_credentials` or `keys_unavailable`. */
export function createApiKeyDirectory(
  load: LoadKeys<StoredApiKey>,
  options: KeyDirectoryOptions,
): KeyDirectory<ApiKey> {
  return createKeyDirectory(load, {
    ...options,
    hasForm: apiKeyForm.matches,
    invalid: () => new Problem('invalid_credentials', 'This API key is not known, or ended.'),
    unavailable: () =>
      new Problem('keys_unavailable', 'The store of API keys does not answer.', { retryAfterS: 5 }),
  });
}
