import { randomUUID } from 'node:crypto';
import { hashKey, keyHint } from '@fineprint/http-kit';
import { writeKeys } from './write-key.ts';

/** What these functions need of a Postgres client or pool. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** A key as it is listed; the key itself is nowhere. */
export interface ListedWriteKey {
  readonly id: string;
  readonly source: string;
  /** The key's end. */
  readonly hint: string;
  readonly allowedOrigins: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** A day, as in 2026-01-31. */
  readonly lastUsedOn: string | null;
  readonly revokedAt: Date | null;
}

/** A source's name: it stands in every event and in ids derived from it. */
const SOURCE = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export interface NewWriteKey {
  readonly source: string;
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly expiresAt?: Date | undefined;
}

/** Makes a key for a source. The key is in the answer and cannot be had again. */
export async function createWriteKey(
  database: Database,
  options: NewWriteKey,
): Promise<{ readonly id: string; readonly key: string }> {
  const { source, expiresAt } = options;
  if (!SOURCE.test(source)) {
    throw new TypeError('a source is 1 to 64 of a-z, 0-9, ".", "_", "-", beginning with a letter or digit');
  }
  if (expiresAt !== undefined && !(expiresAt.getTime() > Date.now())) {
    throw new TypeError('a key ends in the future');
  }
  const allowedOrigins = (options.allowedOrigins ?? []).map(toOrigin);
  const id = randomUUID();
  const key = writeKeys.generate();
  await database.query(
    `INSERT INTO fineprint.write_keys (id, source, key_hash, key_hint, allowed_origins, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, source, hashKey(key), keyHint(key), allowedOrigins, expiresAt ?? null],
  );
  return { id, key };
}

function toOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.origin === 'null' || url.pathname !== '/') {
    throw new TypeError('an origin is a scheme, a host and perhaps a port, as in https://app.example.com');
  }
  return url.origin;
}

/** All keys, revoked ones too, oldest first. */
export async function listWriteKeys(database: Database): Promise<readonly ListedWriteKey[]> {
  const { rows } = await database.query(
    `SELECT id, source, key_hint AS hint, allowed_origins AS "allowedOrigins",
            created_at AS "createdAt", expires_at AS "expiresAt",
            to_char(last_used_on, 'YYYY-MM-DD') AS "lastUsedOn", revoked_at AS "revokedAt"
     FROM fineprint.write_keys ORDER BY created_at, id`,
  );
  return rows as ListedWriteKey[];
}

/** Whose a key is; null where it is none in use. */
export async function sourceOfWriteKey(database: Database, key: string): Promise<string | null> {
  const { rows } = await database.query(
    `SELECT source FROM fineprint.write_keys
     WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
    [hashKey(key)],
  );
  return (rows[0] as { source: string } | undefined)?.source ?? null;
}

/** Revokes a key by its id; gateways refuse it within seconds. False where there is no such key in use. */
export async function revokeWriteKey(database: Database, id: string): Promise<boolean> {
  const { rowCount } = await database.query(
    'UPDATE fineprint.write_keys SET revoked_at = now() WHERE id::text = $1 AND revoked_at IS NULL',
    [id],
  );
  return rowCount === 1;
}
