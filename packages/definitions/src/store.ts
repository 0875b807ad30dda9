import type { Problem, ReadOptions } from '@fineprint/behaviour';
import {
  type ActiveDefinition,
  type DefinitionKind,
  parseDefinition,
  type StoredDefinition,
} from './definition.ts';

/** What these functions need of a Postgres client or pool. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** More than this in force at once is a mistake; memory and the cost per event stay bounded. */
export const MAX_ACTIVE = 500;

/** Thrown by `saveDefinition` where there are too many. */
export class TooManyDefinitions extends Error {
  readonly code = 'too_many_definitions';
  constructor() {
    super(`there are ${MAX_ACTIVE} definitions in force already; remove one that is not used`);
    this.name = 'TooManyDefinitions';
  }
}

const COLUMNS = `kind, name, version, definition, created_at AS "createdAt", created_by AS "createdBy",
  archived_at AS "archivedAt"`;

/** What became of a definition that was to be saved. */
export type Saved =
  | {
      readonly ok: true;
      readonly version: number;
      readonly isNew: boolean;
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Puts a definition in force as a new version of its name; the same content again makes none. It is stored as it was
 * written. One statement, under the unique index: of two at once, one fails with Postgres' unique violation and may be
 * tried again.
 */
export async function saveDefinition(
  database: Database,
  kind: DefinitionKind,
  input: unknown,
  createdBy: string,
  options: ReadOptions = {},
): Promise<Saved> {
  const parsed = parseDefinition(kind, input, options);
  if (!parsed.ok) return parsed;
  const { rows } = await database.query(SAVE, [
    kind,
    parsed.value.name,
    JSON.stringify(input),
    createdBy,
    MAX_ACTIVE,
  ]);
  const saved = (rows as { version: number; isNew: boolean }[])[0];
  if (saved === undefined) throw new TooManyDefinitions();
  return { ok: true, ...saved, warnings: parsed.warnings };
}

const SAVE = `
  WITH present AS (
    SELECT version FROM fineprint.definitions
    WHERE kind = $1 AND name = $2 AND archived_at IS NULL AND definition = $3::jsonb
  ), room AS (
    SELECT 1 FROM fineprint.definitions WHERE archived_at IS NULL AND NOT (kind = $1 AND name = $2)
    HAVING count(*) < $5
  ), replaced AS (
    UPDATE fineprint.definitions SET archived_at = now()
    WHERE kind = $1 AND name = $2 AND archived_at IS NULL
      AND NOT EXISTS (SELECT FROM present) AND EXISTS (SELECT FROM room)
    RETURNING version
  ), made AS (
    INSERT INTO fineprint.definitions (kind, name, version, definition, created_by)
    SELECT $1, $2, 1 + coalesce(
        (SELECT max(version) FROM fineprint.definitions WHERE kind = $1 AND name = $2), 0), $3::jsonb, $4
    WHERE NOT EXISTS (SELECT FROM present) AND EXISTS (SELECT FROM room)
      AND (SELECT count(*) FROM replaced) >= 0
    RETURNING version
  )
  SELECT version, true AS "isNew" FROM made UNION ALL SELECT version, false FROM present`;

/** Takes a definition out of force. False where there is none of this name. */
export async function archiveDefinition(
  database: Database,
  kind: DefinitionKind,
  name: string,
): Promise<boolean> {
  const { rowCount } = await database.query(
    'UPDATE fineprint.definitions SET archived_at = now() WHERE kind = $1 AND name = $2 AND archived_at IS NULL',
    [kind, name],
  );
  return rowCount === 1;
}

/** Definitions in force of one kind, by name. */
export async function listDefinitions(
  database: Database,
  kind: DefinitionKind,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly StoredDefinition[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.definitions
     WHERE kind = $1 AND name > $2 COLLATE "C" AND archived_at IS NULL ORDER BY name COLLATE "C" LIMIT $3`,
    [kind, page.after, page.limit],
  );
  return rows as StoredDefinition[];
}

/** Every version of one name, newest first. */
export async function readDefinition(
  database: Database,
  kind: DefinitionKind,
  name: string,
): Promise<readonly StoredDefinition[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.definitions WHERE kind = $1 AND name = $2 ORDER BY version DESC LIMIT 100`,
    [kind, name],
  );
  return rows as StoredDefinition[];
}

/**
 * Everything of these kinds in force, in the order of kind and name. A row that this release cannot read rejects: to go
 * on without it would stop counting in silence.
 */
export async function loadActive<K extends DefinitionKind>(
  database: Database,
  kinds: readonly K[],
): Promise<readonly ActiveDefinition<K>[]> {
  const { rows } = await database.query(
    `SELECT kind, name, version, definition FROM fineprint.definitions
     WHERE archived_at IS NULL AND kind = ANY($1) ORDER BY kind, name COLLATE "C"`,
    [kinds],
  );
  return (rows as ActiveRow<K>[]).map(readRow);
}

/** The one of this name in force; null where there is none. */
export async function loadOne<K extends DefinitionKind>(
  database: Database,
  kind: K,
  name: string,
): Promise<ActiveDefinition<K> | null> {
  const { rows } = await database.query(
    `SELECT kind, name, version, definition FROM fineprint.definitions
     WHERE archived_at IS NULL AND kind = $1 AND name = $2`,
    [kind, name],
  );
  const [row] = rows as ActiveRow<K>[];
  return row === undefined ? null : readRow(row);
}

interface ActiveRow<K extends DefinitionKind> {
  readonly kind: K;
  readonly name: string;
  readonly version: number;
  readonly definition: unknown;
}

function readRow<K extends DefinitionKind>(row: ActiveRow<K>): ActiveDefinition<K> {
  const parsed = parseDefinition(row.kind, row.definition);
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    throw new Error(
      `${row.kind} "${row.name}" version ${row.version} cannot be read: ${problem?.path ?? ''} ${problem?.message ?? ''}`,
    );
  }
  return { kind: row.kind, name: row.name, version: row.version, value: parsed.value };
}
