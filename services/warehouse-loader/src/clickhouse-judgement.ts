import { connectionFixes, connectionProblem } from '@fineprint/connection-problem';
import { PoisonError, StreamError } from '@fineprint/stream-runtime';

/** ClickHouse's codes for "these bytes do not fit": the same bytes will be refused again. */
const POISON_CODES = new Map<string, string>([
  ['6', 'CANNOT_PARSE_TEXT'],
  ['26', 'CANNOT_PARSE_QUOTED_STRING'],
  ['27', 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
  ['33', 'CANNOT_READ_ALL_DATA'],
  ['38', 'CANNOT_PARSE_DATE'],
  ['41', 'CANNOT_PARSE_DATETIME'],
  ['53', 'TYPE_MISMATCH'],
  ['69', 'ARGUMENT_OUT_OF_BOUND'],
  ['72', 'CANNOT_PARSE_NUMBER'],
  ['117', 'INCORRECT_DATA'],
  ['131', 'TOO_LARGE_STRING_SIZE'],
  ['321', 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
  ['349', 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'],
  ['376', 'CANNOT_PARSE_UUID'],
  ['691', 'UNKNOWN_ELEMENT_OF_ENUM'],
]);

/**
 * What a failed insert means. Refused bytes are poison. Anything else, a missing table and a full disk included, is the
 * store's trouble and not the records': it is tried again, and said in /ready, until somebody mends it.
 */
export function judge(error: unknown): PoisonError | StreamError {
  const code = (error as { code?: unknown }).code;
  const name = typeof code === 'string' ? POISON_CODES.get(code) : undefined;
  if (name !== undefined) {
    return new PoisonError('store_refused', `ClickHouse refused the record: ${name} (${String(code)})`, {
      cause: error,
    });
  }
  // Its Avro reader throws errors of a library, which have no ClickHouse code.
  if (error instanceof Error && error.message.includes('avro::Exception')) {
    return new PoisonError('store_refused', 'ClickHouse cannot read the record as Avro', { cause: error });
  }
  const type = (error as { type?: unknown }).type;
  const what = typeof type === 'string' ? `${type} (${String(code)})` : errorName(error);
  return new StreamError('unavailable', `ClickHouse did not take the rows: ${what}`, {
    cause: error,
    retriable: true,
  });
}

/** What the client says when a request takes longer than `request_timeout`. */
const CLIENT_TIMEOUT = 'Timeout error.';

/** Server messages may quote values, so only names and codes are passed on. */
function errorName(error: unknown): string {
  const problem = connectionProblem(error);
  if (problem !== null) return `${connectionFixes[problem.kind]} (${problem.detail})`;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  return String(message) === CLIENT_TIMEOUT ? 'it did not answer in time' : 'an error without a code';
}
