import type { Queryable } from '@fineprint/http-kit';
import { postgresCondition, type Scope, type SubjectTable } from '@fineprint/privacy';
import { postgresTables } from './count-rows.ts';
import { endStep } from './end-step.ts';
import type { Step, StepContext, StepResult } from './step.ts';

/**
 * Deletes the subject's rows and its pseudonyms, and writes down how many, all or nothing: killed right afterwards, nobody could
 * count them any more.
 */
export const postgres: Step = (context) =>
  context.run.whileOurs(async (client): Promise<StepResult> => {
    const removed = sumOf(await resultOf(client, context.request.id), await erasePostgres(client, context));
    await endStep(client, context.request.id, 'postgres', removed);
    return { ...removed };
  });

interface Removed {
  readonly removed: Readonly<Record<string, number>>;
  readonly pseudonyms: number;
}

async function resultOf(client: Queryable, requestId: string): Promise<Removed> {
  const { rows } = await client.query(
    "SELECT result FROM fineprint.privacy_steps WHERE request_id = $1 AND name = 'postgres'",
    [requestId],
  );
  const [row] = rows as { result: Removed | null }[];
  return row?.result ?? { removed: {}, pseudonyms: 0 };
}

function sumOf(before: Removed, now: Removed): Removed {
  const removed = new Map(Object.entries(before.removed));
  for (const [table, rows] of Object.entries(now.removed))
    removed.set(table, (removed.get(table) ?? 0) + rows);
  return { removed: Object.fromEntries(removed), pseudonyms: before.pseudonyms + now.pseudonyms };
}

async function erasePostgres(
  client: Queryable,
  { request, scope }: Pick<StepContext, 'request' | 'scope'>,
): Promise<Removed> {
  // Whoever works a person out holds these rows.
  await client.query('SELECT FROM fineprint.subjects WHERE subject = ANY($1) ORDER BY subject FOR UPDATE', [
    scope.persons,
  ]);
  const removed: Record<string, number> = {};
  for (const table of postgresTables) {
    if (table.erasedAs === 'placed') await notePlaces(client, table, scope, request.id);
    const rows = await deleteRows(client, table, scope);
    if (rows > 0) removed[table.table] = rows;
  }
  const { rowCount } = await client.query(
    `DELETE FROM fineprint.subject_pseudonyms
     WHERE (kind = 'user' AND (id = ANY($1) OR pseudonym::text = ANY($1)))
        OR (kind = 'anonymous' AND (id = ANY($2) OR pseudonym::text = ANY($2)))`,
    [scope.users, scope.anonymous],
  );
  return { removed, pseudonyms: rowCount ?? 0 };
}

async function notePlaces(
  client: Queryable,
  { table, topic, ...rest }: SubjectTable,
  scope: Scope,
  requestId: string,
) {
  const { sql, parameters } = postgresCondition({ table, ...rest }, scope);
  const next = parameters.length + 1;
  await client.query(
    `INSERT INTO fineprint.erased_rows (topic, partition, record_offset, source_offset, id_murmur3, id_xxh32, request_id)
     SELECT $${next}, _partition, _offset, _source_offset, _id_murmur3, _id_xxh32, $${next + 1}
     FROM fineprint.${table} WHERE ${sql} AND _partition IS NOT NULL ON CONFLICT DO NOTHING`,
    [...parameters, topic, requestId],
  );
}

async function deleteRows(client: Queryable, table: SubjectTable, scope: Scope): Promise<number> {
  const { sql, parameters } = postgresCondition(table, scope);
  // A loader may be about to store an event of after the erasure: its user stays.
  const isFree = table.table === 'users' ? `AND ${NOT_REFERRED_TO}` : '';
  const { rowCount } = await client.query(
    `DELETE FROM fineprint.${table.table} AS t WHERE ${sql} ${isFree}`,
    [...parameters],
  );
  return rowCount ?? 0;
}

const NOT_REFERRED_TO = ['analytics_events', 'ai_model_requests', 'funnel_steps']
  .map((table) => `NOT EXISTS (SELECT FROM fineprint.${table} AS r WHERE r.user_id = t.id)`)
  .join(' AND ');
