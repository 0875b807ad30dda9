import type { Pool } from 'pg';

/** Up to when rows of tables were removed because their time was over, by `<store>/<table>`. */
export type RemovalMarks = ReadonlyMap<string, number>;

export const markOf = (marks: RemovalMarks, store: string, table: string): number =>
  marks.get(`${store}/${table}`) ?? 0;

export async function readRemovalMarks(pool: Pool): Promise<RemovalMarks> {
  const { rows } = await pool.query<{ place: string; before: Date }>(
    "SELECT store || '/' || table_name AS place, removed_before AS before FROM fineprint.removal_marks",
  );
  return new Map(rows.map(({ place, before }) => [place, before.getTime()]));
}

export const isSameMarks = (a: RemovalMarks, b: RemovalMarks): boolean =>
  a.size === b.size && [...a].every(([place, before]) => b.get(place) === before);
