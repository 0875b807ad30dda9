import { type Scope, type SubjectTable, snowflakeCondition, subjectTables } from '@fineprint/privacy';
import type { SnowflakeSession, SnowflakeSettings } from '@fineprint/snowflake';

const tables: readonly SubjectTable[] = subjectTables.filter(({ store }) => store === 'snowflake');

/** A session for one piece of work; null where there is no account. The driver is large, and most have none. */
export async function withSnowflake<T>(
  settings: SnowflakeSettings | null,
  work: (session: SnowflakeSession) => Promise<T>,
): Promise<T | null> {
  if (settings === null) return null;
  const { openSession } = await import('@fineprint/snowflake');
  const session = await openSession(settings);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** How many rows of each table are about the subject. */
export async function snowflakeCounts(
  settings: SnowflakeSettings | null,
  scope: Scope,
): Promise<readonly { readonly table: string; readonly rows: number }[]> {
  const counts = await withSnowflake(settings, async (session) => {
    const found: { table: string; rows: number }[] = [];
    for (const table of tables) {
      const { sql, parameters } = snowflakeCondition(table, scope);
      const [row] = await session.rows<{ n: number }>(
        `SELECT COUNT(*) AS n FROM ${table.table} WHERE ${sql}`,
        parameters,
      );
      found.push({ table: table.table, rows: Number(row?.n ?? 0) });
    }
    return found;
  });
  return counts ?? [];
}

/** Notes the places of the subject's rows and deletes them, table by table, each in one transaction. */
export async function eraseSnowflake(
  settings: SnowflakeSettings | null,
  scope: Scope,
  requestId: string,
): Promise<void> {
  await withSnowflake(settings, async (session) => {
    for (const table of tables) {
      const { sql, parameters } = snowflakeCondition(table, scope);
      await session.rows('BEGIN');
      try {
        await session.rows(
          `INSERT INTO erased_rows (request_id, table_name, received_at, _topic, _partition, _offset, _source_offset, _id_murmur3, _id_xxh32)
           SELECT '${requestId}', '${table.table}', received_at, _topic, _partition, _offset, _source_offset, _id_murmur3, _id_xxh32
           FROM ${table.table} WHERE ${sql}`,
          parameters,
        );
        await session.rows(`DELETE FROM ${table.table} WHERE ${sql}`, parameters);
        await session.rows('COMMIT');
      } catch (error) {
        await session.rows('ROLLBACK');
        throw error;
      }
    }
  });
}

/** How many rows a request has taken out of each table. */
export async function snowflakeErased(
  settings: SnowflakeSettings | null,
  requestId: string,
): Promise<Record<string, number>> {
  const rows = await withSnowflake(settings, (session) =>
    session.rows<{ table_name: string; n: number }>(
      'SELECT table_name, COUNT(*) AS n FROM erased_rows WHERE request_id = ? GROUP BY table_name',
      [requestId],
    ),
  );
  return Object.fromEntries((rows ?? []).map(({ table_name: table, n }) => [table, Number(n)]));
}
