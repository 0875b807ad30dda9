import type { Queryable } from '../postgres/database.ts';
import type { Role } from './api-key.ts';

export const keyKinds = ['api', 'write'] as const;
export const keyStates = ['in_use', 'ended', 'all'] as const;

/** A key as the API lists it. */
export interface KeyRow {
  readonly id: string;
  readonly kind: (typeof keyKinds)[number];
  readonly name: string;
  readonly hint: string;
  readonly role: Role | 'producer';
  readonly allowed_origins: readonly string[];
  readonly datasets: readonly string[] | null;
  readonly unmasked: boolean;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_on: string | null;
}

export interface KeysAsked {
  readonly kind?: KeyRow['kind'] | undefined;
  readonly state: (typeof keyStates)[number];
  /** The id of the last key of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const COMMON = `created_at, expires_at, revoked_at, to_char(last_used_on, 'YYYY-MM-DD') AS last_used_on`;
const ALL = `
  SELECT id, 'api' AS kind, name, key_hint AS hint, role, '{}'::text[] AS allowed_origins, datasets, unmasked, ${COMMON}
  FROM fineprint.api_keys
  UNION ALL
  SELECT id, 'write', source, key_hint, 'producer', allowed_origins, NULL, false, ${COMMON} FROM fineprint.write_keys`;
const HAS_ENDED = '(k.revoked_at IS NOT NULL OR coalesce(k.expires_at <= now(), false))';

/** A page of keys, oldest first. */
export async function listKeys(
  database: Queryable,
  { kind, state, after, limit }: KeysAsked,
): Promise<readonly KeyRow[]> {
  const { rows } = await database.query(
    `WITH k AS (${ALL}) SELECT k.* FROM k
     WHERE ($1::text IS NULL OR k.kind = $1)
       AND ($2 = 'all' OR ($2 = 'ended') = ${HAS_ENDED})
       AND ($3::uuid IS NULL OR (k.created_at, k.id) > (SELECT o.created_at, o.id FROM k AS o WHERE o.id = $3))
     ORDER BY k.created_at, k.id LIMIT $4`,
    [kind ?? null, state, after ?? null, limit],
  );
  return rows as KeyRow[];
}
