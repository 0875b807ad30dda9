import type { Pool } from 'pg';

const FETCH_ROWS = 1_000;

/** Rows of a query by a cursor: memory does not grow with them. */
export async function* cursorRows<T extends object>(
  pool: Pool,
  sql: string,
  parameters: readonly unknown[],
): AsyncGenerator<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(`DECLARE subject_rows NO SCROLL CURSOR FOR ${sql}`, [...parameters]);
    for (;;) {
      const { rows } = await client.query<T>(`FETCH ${FETCH_ROWS} FROM subject_rows`);
      yield* rows;
      if (rows.length < FETCH_ROWS) break;
    }
  } finally {
    const isBroken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    client.release(isBroken);
  }
}
