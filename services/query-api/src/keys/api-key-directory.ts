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

/** Reads the keys in use from Postgres. */
export function loadApiKeys(database: {
  query(text: string): Promise<{ rows: unknown[] }>;
}): LoadKeys<StoredApiKey> {
  return async () => {
    const { rows } = await database.query(
      `SELECT id, role, key_hash AS hash FROM fineprint.api_keys
       WHERE revoked_at IS NULL ORDER BY created_at LIMIT ${MAX_KEYS}`,
    );
    return rows as StoredApiKey[];
  };
}

/** Tells whose API key it is. Rejects with Problem `invalid_credentials` or `keys_unavailable`. */
export function createApiKeyDirectory(
  load: LoadKeys<StoredApiKey>,
  options: KeyDirectoryOptions,
): KeyDirectory<ApiKey> {
  return createKeyDirectory(load, {
    ...options,
    hasForm: apiKeyForm.matches,
    invalid: () => new Problem('invalid_credentials', 'This API key is not known.'),
    unavailable: () =>
      new Problem('keys_unavailable', 'The store of API keys does not answer.', { retryAfterS: 5 }),
  });
}
