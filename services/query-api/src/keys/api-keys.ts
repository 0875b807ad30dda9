import { randomUUID } from 'node:crypto';
import { hashKey, keyHint } from '@fineprint/http-kit';
import { datasetOf } from '../exports/datasets.ts';
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
  readonly datasets: readonly string[] | null;
  readonly unmasked: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** A day, as in 2026-01-31. */
  readonly lastUsedOn: string | null;
  readonly revokedAt: Date | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt?: Date | undefined;
  /** With some, it exports these and does nothing else. */
  readonly datasets?: readonly string[] | undefined;
  /** Shows people as they are to a role that sees them masked otherwise. */
  readonly unmasked?: boolean | undefined;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Makes a key that reads. It is in the answer and cannot be had again. */
export async function createApiKey(
  database: Database,
  { name, role, expiresAt, datasets, unmasked = false }: NewApiKey,
): Promise<{ readonly id: string; readonly key: string }> {
  if (!NAME.test(name)) {
    throw new TypeError('a name is 1 to 64 of a-z, 0-9, ".", "_", "-", beginning with a letter or digit');
  }
  if (!roles.includes(role)) throw new TypeError(`a role is one of ${roles.join(', ')}`);
  if (expiresAt !== undefined && !(expiresAt.getTime() > Date.now())) {
    throw new TypeError('a key ends in the future');
  }
  if (datasets?.length === 0 || datasets?.some((dataset) => datasetOf(dataset) === undefined)) {
    throw new TypeError('data sets are some of those that can be exported');
  }
  const id = randomUUID();
  const key = apiKeyForm.generate();
  await database.query(
    `INSERT INTO fineprint.api_keys (id, name, role, key_hash, key_hint, expires_at, datasets, unmasked)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, name, role, hashKey(key), keyHint(key), expiresAt ?? null, datasets ?? null, unmasked],
  );
  return { id, key };
}

/** All keys, revoked ones too, oldest first. */
export async function listApiKeys(database: Database): Promise<readonly ListedApiKey[]> {
  const { rows } = await database.query(
    `SELECT id, name, role, key_hint AS hint, datasets, unmasked, created_at AS "createdAt", expires_at AS "expiresAt",
       to_char(last_used_on, 'YYYY-MM-DD') AS "lastUsedOn", revoked_at AS "revokedAt"
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
