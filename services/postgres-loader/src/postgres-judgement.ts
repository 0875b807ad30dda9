import { connectionFixes, connectionProblem } from '@fineprint/connection-problem';
import { PoisonError, StreamError } from '@fineprint/stream-runtime';

/** "This value does not fit": the same bytes will be refused again. 22: data; 54: a limit of the server's, as of depth. */
const POISON = /^(22|54)/;
/** A rule that somebody added to a table. */
const CHECK_VIOLATION = '23514';
/** "These bytes are no such column": the table is another one than we write, and every row would be refused. */
const TABLE_CHANGED: ReadonlySet<string> = new Set(['22P03', '22P04']);

const WHY: Readonly<Record<string, string>> = {
  '53100': 'its disk is full',
  '53300': 'it has too many connections',
  '25006': 'it only reads (a standby, or set to read only)',
  '42P01': 'a table is missing; is it migrated?',
  '42501': 'this account may not write',
  '57P01': 'it is shutting down',
  '57P03': 'it is starting up or shutting down',
  '55P03': 'another writer holds the partition',
  '57014': 'it took too long',
};

export const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'no code';
};

/**
 * What a failure means. A refused value is poison. Anything else, a missing table and a full disk included, is the store's
 * trouble and not the records': it is tried again, and said in /ready. Messages may quote values, so only codes are passed on.
 */
export function judge(error: unknown): PoisonError | StreamError {
  if (error instanceof PoisonError || error instanceof StreamError) return error;
  const code = codeOf(error);
  const isPoison =
    code.length === 5 && !TABLE_CHANGED.has(code) && (POISON.test(code) || code === CHECK_VIOLATION);
  if (isPoison)
    return new PoisonError('store_refused', `Postgres refused the record (${code})`, { cause: error });
  const problem = connectionProblem(error);
  const why = problem === null ? WHY[code] : connectionFixes[problem.kind];
  return new StreamError(
    'unavailable',
    `Postgres did not take the rows${why === undefined ? '' : `: ${why}`} (${code})`,
    { cause: error, retriable: true },
  );
}
