import { randomUUID } from 'node:crypto';
import { hashKey, keyHint } from '@fineprint/http-kit';
import { apiKeyForm, type Role, roles } from './api-key.ts';

export { type Role, roles } from './api-key.ts';

/** What these functions need of a Postgres client or pool. */
interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** A key as it is listed; the key itself is nowhere. */
export interface ListedApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The key's end. */
  readonly hint: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Makes a key that reads. It is in the answer and cannot be had again. */
export async function createApiKey(
  database: Database,
  options: { readonly name: string; readonly role: Role },
): Promise<{ readonly id: string; readonly key: string }> {
  if (!NAME.test(options.name)) {
    throw new TypeError('a name is 1 to 64 of a-z, 0-9, ".", "_", "-", beginning with a letter or digit');
  }
  if (!roles.includes(options.role)) throw new TypeError(`a role is one of ${roles.join(', ')}`);
  const id = randomUUID();
  const key = apiKeyForm.generate();
  await database.query(
    'INSERT INTO fineprint.api_keys (id, name, role, key_hash, key_hint) VALUES ($1, $2, $3, $4, $5)',
    [id, options.name, options.role, hashKey(key), keyHint(key)],
  );
  return { id, key };
}

/** All keys, revoked ones too, oldest first. */
export async function listApiKeys(database: Database): Promise<readonly ListedApiKey[]> {
  const { rows } = await database.query(
    `SELECT id, name, role, key_hint AS hint, created_at AS "createdAt", revoked_at AS "revokedAt"
     FROM fineprint.api_keys ORDER BY created_at, id`,
  );
  return rows as ListedApiKey[];
}

/** Revokes a key by its id; it is refused within seconds. False where there is no such key in use. */
export async function revokeApiKey(database: Database, id: string): Promise<boolean> {
  const { rowCount } = await database.query(
    'UPDATE fineprint.api_keys SET revoked_at = now() WHERE id::text = $1 AND revoked_at IS NULL',
    [id],
  );
  return rowCount === 1;
}
