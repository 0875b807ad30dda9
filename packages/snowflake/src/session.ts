import snowflake, { type Connection } from 'snowflake-sdk';
import { connectionOptions } from './connection-options.ts';
import { SnowflakeError, TIMED_OUT, toSnowflakeError } from './errors.ts';
import type { SnowflakeSettings } from './settings.ts';

export type Bind = string | number | boolean | null;

/** One session: a place for one transaction, so one user at a time. */
export interface SnowflakeSession {
  /** The rows a statement answers, under the names of their columns in lower case. Rejects with SnowflakeError. */
  rows<T extends object>(sql: string, binds?: readonly Bind[]): Promise<T[]>;
  /** False once a statement was given up (it may still be at work) or the session is gone: then another one is needed. */
  isUsable(): boolean;
  /** Nobody knows what its transaction is up to: another session is needed, and closing this one ends it. */
  abandon(): void;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** A statement that takes longer is given up. */
  readonly statementTimeoutMs?: number;
  /** Statements of its own, before anything else: `ALTER SESSION …`. */
  readonly prepare?: readonly string[];
}

const LOGIN_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 60_000;

/** Beside the errors it throws the driver logs statements and files of its own. */
const silent = { error: ignore, warn: ignore, info: ignore, debug: ignore, trace: ignore };
function ignore(): void {}

export async function openSession(
  settings: SnowflakeSettings,
  { statementTimeoutMs = STATEMENT_TIMEOUT_MS, prepare = [] }: SessionOptions = {},
): Promise<SnowflakeSession> {
  snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false, customLogger: silent });
  const connection = snowflake.createConnection(connectionOptions(settings));
  let usable = true;
  const session: SnowflakeSession = {
    async rows<T extends object>(sql: string, binds: readonly Bind[] = []) {
      try {
        const rows = await inTime(execute(connection, sql, binds), statementTimeoutMs);
        return rows.map((row) => lowerCased(row) as T);
      } catch (error) {
        if (isSessionGone(toSnowflakeError(error))) usable = false;
        throw error;
      }
    },
    isUsable: () => usable && connection.isUp(),
    abandon() {
      usable = false;
    },
    close: () => destroy(connection),
  };
  try {
    await inTime(connect(connection), LOGIN_TIMEOUT_MS);
    // Snowflake's own default is a time zone in California.
    for (const sql of ["ALTER SESSION SET TIMEZONE = 'UTC'", ...prepare]) await session.rows(sql);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

const connect = (connection: Connection) =>
  new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(toSnowflakeError(error)) : resolve()));
  });

const execute = (connection: Connection, sqlText: string, binds: readonly Bind[]) =>
  new Promise<readonly object[]>((resolve, reject) => {
    connection.execute({
      sqlText,
      ...(binds.length === 0 ? {} : { binds }),
      complete: (error, _statement, rows) => (error ? reject(toSnowflakeError(error)) : resolve(rows ?? [])),
    });
  });

const destroy = (connection: Connection) =>
  Promise.race([
    new Promise<void>((resolve) => {
      connection.destroy(() => resolve()); // what it says matters to nobody: the session is over either way
    }),
    new Promise<void>((resolve) => {
      setTimeout(resolve, CLOSE_TIMEOUT_MS).unref();
    }),
  ]);

/** Given up, unreachable, or unknown to Snowflake: 39…, 40… are about sessions and the network. */
const isSessionGone = ({ code }: SnowflakeError): boolean =>
  code === TIMED_OUT || /^(39|40)\d{4}$/.test(code);

/** The driver itself repeats for minutes what gets no answer. */
function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new SnowflakeError(TIMED_OUT, `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function lowerCased(row: object): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}
