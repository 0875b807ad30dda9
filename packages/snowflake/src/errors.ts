/** What Snowflake or its driver said. The message may quote values: show the code. */
export class SnowflakeError extends Error {
  /** Six digits of Snowflake's or the driver's, or a name of ours. */
  readonly code: string;
  readonly sqlState: string | undefined;

  constructor(code: string, message: string, options: { sqlState?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SnowflakeError';
    this.code = code;
    this.sqlState = options.sqlState;
  }
}

/** The statement did not end in time: nobody knows whether it took effect. */
export const TIMED_OUT = 'timed_out';

/** A lock that another transaction holds was not given in time, or too many wait for it. */
export const LOCKED = '000625';

export function toSnowflakeError(error: unknown): SnowflakeError {
  if (error instanceof SnowflakeError) return error;
  const { code, sqlState, message } = error as { code?: unknown; sqlState?: unknown; message?: unknown };
  return new SnowflakeError(String(code ?? 'unknown').padStart(6, '0'), String(message ?? error), {
    ...(typeof sqlState === 'string' ? { sqlState } : {}),
    cause: error,
  });
}

const UNREACHABLE = new Set(['401001', '401002', '402001', '402002', TIMED_OUT]);
const LOGIN = new Set(['390100', '390101', '390144', '394304']);
const WAREHOUSE = new Set(['000606', '000607', '000608', '090073', '002139']);
const MISSING = new Set(['002003', '002043', '090105', '090106']);

/** What is wrong and what to do, without anything that Snowflake quoted. */
export function explain({ code, sqlState }: SnowflakeError): string {
  const what = sqlState === undefined ? code : `${code} (${sqlState})`;
  if (UNREACHABLE.has(code)) return `it does not answer (${what}); check SNOWFLAKE_ACCOUNT and the network`;
  if (LOGIN.has(code))
    return `it refuses the login (${what}); check SNOWFLAKE_USERNAME and its password or key`;
  if (WAREHOUSE.has(code))
    return `the warehouse is suspended or missing (${what}); set SNOWFLAKE_WAREHOUSE to one with AUTO_RESUME`;
  if (MISSING.has(code))
    return `a table is missing, or the role may not use it (${what}); run the migrations, check SNOWFLAKE_ROLE`;
  if (code === LOCKED) return `another transaction holds a lock (${what})`;
  return what;
}
