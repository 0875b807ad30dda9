import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StreamError } from '@fineprint/stream-runtime';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from './copy-row.ts';

/** A frozen writer keeps its partition locked no longer than this; its successor waits for it less long, and tries again. */
const BEGIN = `BEGIN; SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '30s';
  SET LOCAL idle_in_transaction_session_timeout = '20s'`;
/** More than the server allows itself: then nobody is there any more. */
const COPY_WITHIN_MS = 35_000;

/** One transaction's statements; errors are Postgres' own. */
export interface Transaction {
  rows<T>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** How many rows it changed. */
  change(sql: string, values: readonly unknown[]): Promise<number>;
  copy(table: string, columns: readonly string[], rows: readonly Buffer[]): Promise<void>;
}

/** What it has done stands once this resolves; a rejection may leave it done, so it must be repeatable. */
export async function inTransaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  client.on('error', told);
  let isBroken = true;
  try {
    await client.query(BEGIN);
    const result = await work(statementsOf(client));
    const { command } = await client.query('COMMIT');
    // What failed before has been rolled back, and Postgres calls that an answer.
    if (command !== 'COMMIT')
      throw new StreamError('unavailable', 'Postgres rolled back', { retriable: true });
    isBroken = false;
    return result;
  } catch (error) {
    if (!(error instanceof NoAnswer)) isBroken = await rollBack(client);
    throw error;
  } finally {
    client.off('error', told);
    client.release(isBroken);
  }
}

/** A connection that breaks ends its statement with an error, and emits one, which would end the process. */
const told = () => undefined;

/** Whether the connection is of no use any more. */
const rollBack = (client: PoolClient): Promise<boolean> =>
  client.query('ROLLBACK').then(
    () => false,
    () => true,
  );

class NoAnswer extends StreamError {
  constructor() {
    super('unavailable', 'Postgres does not answer', { retriable: true });
  }
}

function statementsOf(client: PoolClient): Transaction {
  return {
    rows: async <T>(sql: string, values: readonly unknown[] = []) =>
      (await client.query(sql, [...values])).rows as T[],
    change: async (sql, values) => (await client.query(sql, [...values])).rowCount ?? 0,
    async copy(table, columns, rows) {
      const sink = client.query(
        copyFrom(`COPY fineprint.${table} (${columns.join(', ')}) FROM STDIN WITH (FORMAT binary)`),
      );
      const body = Buffer.concat([COPY_HEADER, ...rows, COPY_TRAILER]);
      await within(pipeline(Readable.from([body], { objectMode: false }), sink), COPY_WITHIN_MS);
    },
  };
}

async function within(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswer()), limitMs);
  });
  work.catch(() => undefined); // after the limit nobody waits for it
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
