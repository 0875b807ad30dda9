import { inTransaction } from '@fineprint/http-kit';
import { DatabaseError, type Pool } from 'pg';
import { Problem } from '../problem/problem.ts';

/** What a query answers. */
export interface Answered {
  rows: unknown[];
  rowCount: number | null;
}

export interface Queryable {
  query(text: string, values?: unknown[]): Promise<Answered>;
}

/** Postgres, for what people define and what is kept live there. Rejects with a Problem. */
export interface Database extends Queryable {
  /** Runs it all or nothing, in one transaction. */
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
}

export function createDatabase(pool: Pool): Database {
  return {
    query: (text, values) => judged(() => pool.query(text, values)),
    transaction: (work) => judged(() => inTransaction(pool, work)),
  };
}

async function judged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw judge(error);
  }
}

const RETRY_AFTER_S = 2;
const UNIQUE_VIOLATION = '23505';
/** SQLSTATE classes: connections, serialization, resources, operator intervention, system. They pass. */
const PASSING = /^(?:08|40|53|57|58)/;
/** What the client says without a code when Postgres is silent. */
const SILENT = /timeout|Connection terminated|Client has encountered a connection error/i;

/** What a failure means for whoever asked. Postgres' message may quote values, so it is only logged as a cause. */
export function judge(error: unknown): unknown {
  if (error instanceof DatabaseError) {
    if (error.code === UNIQUE_VIOLATION) {
      return new Problem('conflict', 'Somebody else changed this at the same moment.', { cause: error });
    }
    if (PASSING.test(error.code ?? '')) return unavailable(error);
    return new Problem('internal', 'Postgres refused the query.', { cause: error });
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  const isNetwork = typeof code === 'string' && /^E[A-Z_]+$/.test(code);
  if (isNetwork || SILENT.test(String(message))) return unavailable(error);
  return error; // the work's own errors say what they mean
}

const unavailable = (cause: unknown) =>
  new Problem('postgres_unavailable', 'It may be back in a moment.', { cause, retryAfterS: RETRY_AFTER_S });
