import type { Queryable } from './append.ts';
import type { Entry, Outcome } from './entry.ts';

export interface EntriesAsked {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  /** A keyed hash. */
  readonly subject?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly requestId?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Entries before this number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

const COLUMNS = `seq::float8 AS seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, actor, role, action,
  object, subject, outcome, code, request_id AS "requestId", encode(prev_hash, 'hex') AS "prevHash", encode(hash, 'hex') AS hash`;

/** The newest entries first. */
export async function readEntries(database: Queryable, asked: EntriesAsked): Promise<readonly Entry[]> {
  const { actor, action, object, subject, outcome, requestId, fromMs, toMs, before, limit } = asked;
  const conditions: string[] = [];
  const values: unknown[] = [];
  const where = (value: unknown, condition: (place: string) => string) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  where(actor, (place) => `actor = ${place}`);
  where(action, (place) => `action = ${place}`);
  where(object, (place) => `object = ${place}`);
  where(subject, (place) => `subject = ${place}`);
  where(outcome, (place) => `outcome = ${place}`);
  where(requestId, (place) => `request_id = ${place}`);
  where(fromMs, (place) => `at >= to_timestamp(${place}::float8 / 1000)`);
  where(toMs, (place) => `at < to_timestamp(${place}::float8 / 1000)`);
  where(before, (place) => `seq < ${place}`);
  values.push(limit);
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.audit_log
     ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY seq DESC LIMIT $${values.length}`,
    values,
  );
  return rows as Entry[];
}

const PAGE = 5_000;

/** The whole chain, oldest first, by pages: it may be longer than memory. Entries that come meanwhile are read too. */
export async function* readChain(database: Queryable): AsyncGenerator<Entry> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const { rows } = await database.query(
      `SELECT ${COLUMNS} FROM fineprint.audit_log WHERE seq > $1 ORDER BY seq LIMIT ${PAGE}`,
      [after],
    );
    const entries = rows as Entry[];
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined || entries.length < PAGE) return;
    after = last.seq;
  }
}

/** The newest entry's place and hash; null of an empty log. */
export async function readHead(database: Queryable): Promise<{ seq: number; hash: string } | null> {
  const { rows } = await database.query(
    `SELECT seq::float8 AS seq, encode(hash, 'hex') AS hash FROM fineprint.audit_log ORDER BY seq DESC LIMIT 1`,
  );
  return (rows as { seq: number; hash: string }[])[0] ?? null;
}
