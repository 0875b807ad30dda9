import { explain, LOCKED, type SnowflakeError, toSnowflakeError } from '@fineprint/snowflake/errors';
import { PoisonError, StreamError } from '@fineprint/stream-runtime';

/** Snowflake's codes for a value that does not fit: the same file would be refused again. */
const isData = ({ code }: SnowflakeError): boolean => /^100\d{3}$/.test(code);

/**
 * What a failed statement means. While a file is loaded, refused values are poison. Anything else, a missing table and a
 * suspended warehouse included, is the store's trouble and not the records': it is tried again, and said in /ready.
 */
export function judge(error: unknown, during: 'load' | 'other'): PoisonError | StreamError {
  if (error instanceof PoisonError || error instanceof StreamError) return error;
  const said = toSnowflakeError(error);
  if (during === 'load' && isData(said))
    return new PoisonError('store_refused', `Snowflake refused the record: ${explain(said)}`, {
      cause: said,
    });
  return new StreamError('unavailable', `Snowflake did not take the rows: ${explain(said)}`, {
    cause: said,
    retriable: true,
  });
}

/** Another loader is at the positions right now: over in a moment, and nobody's fault. */
export const isLocked = (error: unknown): boolean => toSnowflakeError(error).code === LOCKED;
