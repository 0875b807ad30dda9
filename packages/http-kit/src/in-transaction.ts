import type { Pool, PoolClient } from 'pg';
import { holdClient } from './hold-client.ts';

export type Queryable = Pick<PoolClient, 'query'>;

/** A process that froze in the middle must not hold its locks for good: Postgres ends it after this, and rolls back. */
const BEGIN = `BEGIN; SET LOCAL idle_in_transaction_session_timeout = '60s'`;

/** All of it or nothing. A connection on which even the rollback fails is thrown away. */
export async function inTransaction<T>(pool: Pool, work: (client: Queryable) => Promise<T>): Promise<T> {
  const { client, release } = await holdClient(pool);
  let isBroken = false;
  try {
    await client.query(BEGIN);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    release(isBroken);
  }
}
