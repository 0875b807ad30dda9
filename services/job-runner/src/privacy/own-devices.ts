import type { StepContext } from './step.ts';

const TABLES = ['product_events', 'ai_requests', 'ai_feedback', 'consent_updates'];

/**
 * Devices that a user was seen at and nobody else was: theirs, though no identify ever said so. One that others use too stays
 * what it is.
 */
export async function ownDevices(
  { warehouse, run }: Pick<StepContext, 'warehouse' | 'run'>,
  users: readonly string[],
): Promise<string[]> {
  if (users.length === 0) return [];
  const of = (columns: string, condition: string) =>
    TABLES.map((table) => `SELECT ${columns} FROM fineprint.${table} WHERE ${condition}`).join(' UNION ALL ');
  const rows = await warehouse.rows<{ device: string }>(
    `WITH devices AS (SELECT DISTINCT device FROM (
       ${of("ifNull(anonymous_id, '') AS device", 'user_id IN {users:Array(String)}')}) WHERE device <> '')
     SELECT device FROM (
       ${of("ifNull(anonymous_id, '') AS device, ifNull(user_id, '') AS user", 'anonymous_id IN (SELECT device FROM devices)')})
     GROUP BY device HAVING countIf(user <> '' AND user NOT IN {users:Array(String)}) = 0`,
    { users },
    run.signal,
  );
  return rows.map(({ device }) => device);
}
