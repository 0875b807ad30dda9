import { holdClient } from '@fineprint/http-kit';
import { PoisonError, StreamError } from '@fineprint/stream-runtime';
import type { Pool, PoolClient } from 'pg';

/** A transaction's own statements. Rejects with a retriable StreamError where Postgres is away, PoisonError where it refuses. */
export interface Transaction {
  rows<T>(sql: string, values?: readonly unknown[]): Promise<T[]>;
}

/**
 * Bounds of a transaction's waits; and a plan that does not turn to reading whole tables while Postgres has not yet counted
 * how large they have become: every statement here asks by key.
 */
const BEGIN = `BEGIN; SET LOCAL lock_timeout = '20s'; SET LOCAL statement_timeout = '30s';
  SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`;

/** Runs one transaction. What it has done stands once this resolves; a rejection may leave it done, so it must be repeatable. */
export async function inTransaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { client, release } = await holdClient(pool).catch((error: unknown) => Promise.reject(judge(error)));
  const rows = <R>(sql: string, values: readonly unknown[] = []) =>
    client.query(sql, [...values]).then(
      (result) => result.rows as R[],
      (error: unknown) => Promise.reject(judge(error)),
    );
  let broken = false;
  try {
    await client.query(BEGIN).catch((error: unknown) => Promise.reject(judge(error)));
    const result = await work({ rows });
    await rows('COMMIT');
    return result;
  } catch (error) {
    broken = await rollBack(client);
    throw error;
  } finally {
    release(broken);
  }
}

/** Whether the connection is of no use any more. */
const rollBack = (client: PoolClient): Promise<boolean> =>
  client.query('ROLLBACK').then(
    () => false,
    () => true,
  );

/** Data that Postgres cannot hold: a value out of range, a key that is too long, a rule broken. */
const POISON = /^(22|23|54)/;

/** Messages may quote values, so only Postgres' codes are passed on. */
export function judge(error: unknown): StreamError | PoisonError {
  const { code } = error as { code?: unknown };
  const name = typeof code === 'string' ? code : 'no code';
  if (typeof code === 'string' && POISON.test(code) && code.length === 5)
    return new PoisonError('store_refused', `Postgres refused the record (${code})`, { cause: error });
  return new StreamError('unavailable', `Postgres did not take the snapshots (${name})`, {
    cause: error,
    retriable: true,
  });
}
