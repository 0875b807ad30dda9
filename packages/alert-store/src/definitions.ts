import {
  type Parsed,
  type Problem,
  parseReceiver,
  parseRule,
  type Receiver,
  type Rule,
} from '@fineprint/alert-rules';
import { type Database, msOf } from './database.ts';

interface Kinds {
  readonly rule: Rule;
  readonly receiver: Receiver;
}
export type AlertDefinitionKind = keyof Kinds;

const PARSE: { readonly [K in AlertDefinitionKind]: (input: unknown) => Parsed<Kinds[K]> } = {
  rule: parseRule,
  receiver: parseReceiver,
};

/** More than this is a mistake; what a round and a record cost stays bounded. */
export const MAX_DEFINITIONS = 500;

export class TooManyAlertDefinitions extends Error {
  readonly code = 'too_many_definitions';
  constructor(kind: AlertDefinitionKind) {
    super(`there are ${MAX_DEFINITIONS} ${kind}s already; remove one that is not used`);
    this.name = 'TooManyAlertDefinitions';
  }
}

export interface StoredDefinition<T> {
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
  readonly value: T;
}

export interface SavedDefinition<T> {
  readonly version: number;
  readonly isChanged: boolean;
  readonly value: T;
}

/** Puts a rule or receiver in force. The same content again makes no new version. */
export async function saveDefinition<K extends AlertDefinitionKind>(
  database: Database,
  kind: K,
  value: Kinds[K],
  by: string,
): Promise<SavedDefinition<Kinds[K]>> {
  const { rows } = await database.query(
    `INSERT INTO fineprint.alert_definitions AS d (kind, name, definition, updated_by)
     SELECT $1, $2, $3::jsonb, $4
     WHERE EXISTS (SELECT FROM fineprint.alert_definitions WHERE kind = $1 AND name = $2)
       OR (SELECT count(*) FROM fineprint.alert_definitions WHERE kind = $1) < $5
     ON CONFLICT (kind, name) DO UPDATE SET
       version = d.version + (d.definition <> excluded.definition)::int,
       updated_at = CASE WHEN d.definition = excluded.definition THEN d.updated_at ELSE clock_timestamp() END,
       updated_by = CASE WHEN d.definition = excluded.definition THEN d.updated_by ELSE excluded.updated_by END,
       definition = excluded.definition
     RETURNING version, updated_at >= statement_timestamp() AS "isChanged"`,
    [kind, value.name, JSON.stringify(value), by, MAX_DEFINITIONS],
  );
  const [saved] = rows as { version: number; isChanged: boolean }[];
  if (saved === undefined) throw new TooManyAlertDefinitions(kind);
  return { ...saved, value };
}

/** False where there is none of this name. */
export async function removeDefinition(
  database: Database,
  kind: AlertDefinitionKind,
  name: string,
): Promise<boolean> {
  const { rowCount } = await database.query(
    'DELETE FROM fineprint.alert_definitions WHERE kind = $1 AND name = $2',
    [kind, name],
  );
  return rowCount === 1;
}

interface Row {
  readonly name: string;
  readonly version: number;
  readonly definition: unknown;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
}

const COLUMNS = `name, version, definition, ${msOf('created_at')} AS "createdAtMs", ${msOf('updated_at')} AS "updatedAtMs",
  updated_by AS "updatedBy"`;

export interface DefinitionPage {
  readonly after: string;
  readonly limit: number;
}

/** In the order of their names. `onUnreadable`: one that this release cannot read is left out, and told. */
export async function listDefinitions<K extends AlertDefinitionKind>(
  database: Database,
  kind: K,
  page: DefinitionPage = { after: '', limit: MAX_DEFINITIONS },
  onUnreadable: (name: string, problems: readonly Problem[]) => void = refuseUnreadable,
): Promise<StoredDefinition<Kinds[K]>[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.alert_definitions WHERE kind = $1 AND name > $2 COLLATE "C" ORDER BY name COLLATE "C" LIMIT $3`,
    [kind, page.after, page.limit],
  );
  return (rows as Row[]).flatMap((row) => {
    const parsed = PARSE[kind](row.definition);
    if (parsed.ok) return [toStored(row, parsed.value)];
    onUnreadable(row.name, parsed.problems);
    return [];
  });
}

/** The one of a name; null where there is none. */
export async function readDefinition<K extends AlertDefinitionKind>(
  database: Database,
  kind: K,
  name: string,
): Promise<StoredDefinition<Kinds[K]> | null> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.alert_definitions WHERE kind = $1 AND name = $2`,
    [kind, name],
  );
  const [row] = rows as Row[];
  if (row === undefined) return null;
  const parsed = PARSE[kind](row.definition);
  return parsed.ok ? toStored(row, parsed.value) : refuseUnreadable(row.name, parsed.problems);
}

function toStored<T>({ version, createdAtMs, updatedAtMs, updatedBy }: Row, value: T): StoredDefinition<T> {
  return { version, createdAtMs, updatedAtMs, updatedBy, value };
}

function refuseUnreadable(name: string, problems: readonly Problem[]): never {
  const [first] = problems;
  throw new Error(
    `the alert definition ${name} cannot be read: ${first?.path ?? ''} ${first?.message ?? ''}`,
  );
}
