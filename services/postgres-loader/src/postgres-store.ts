import type { Pool } from 'pg';
import { columns } from './document-rows.ts';
import {
  type Dropped,
  DUPLICATE_ID,
  type Load,
  type LoadRow,
  type LoadStore,
  UserMissing,
} from './load-store.ts';
import { codeOf, judge } from './postgres-judgement.ts';
import { type LoadTopic, tables } from './tables.ts';
import { inTransaction, type Transaction } from './transaction.ts';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const NONE: Dropped = new Map();
const DROPPED = { kind: 'dropped', rule: DUPLICATE_ID } as const;
const RESTORED = { kind: 'restored', rule: 'replay' } as const;

/** The tables of the product document, in the schema `fineprint`. */
export function createPostgresStore(pool: Pool): LoadStore {
  const rowsOf = <T>(sql: string, values: readonly unknown[]): Promise<T[]> =>
    pool.query(sql, [...values]).then(
      (result) => result.rows as T[],
      (error: unknown) => Promise.reject(judge(error)),
    );

  const transact = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    inTransaction(pool, work).catch((error: unknown) => {
      const isUser = codeOf(error) === FOREIGN_KEY_VIOLATION;
      throw isUser ? new UserMissing('a row refers to no user', { cause: error }) : error;
    });

  return {
    async position(topic, partition) {
      const [row] = await rowsOf<{ next: string; source: string | null }>(
        'SELECT next_offset AS next, source_offset AS source FROM fineprint.loader_offsets WHERE topic = $1 AND partition = $2',
        [topic, partition],
      );
      if (row === undefined) return { nextOffset: null, sourceOffset: null };
      return { nextOffset: Number(row.next), sourceOffset: row.source === null ? null : Number(row.source) };
    },

    async addUsers(users) {
      await rowsOf(
        `INSERT INTO fineprint.users (id, external_id, is_anonymous)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS given (id, external_id, is_anonymous)
         ORDER BY id ON CONFLICT DO NOTHING`,
        [users.map((u) => u.id), users.map((u) => u.external_id), users.map((u) => u.is_anonymous)],
      );
    },

    // Nearly always every id is new, so that is tried first; looking costs as much as half of storing.
    load: (load) =>
      transact((tx) => store(tx, load, false))
        .catch((error: unknown) => {
          if (codeOf(error) !== UNIQUE_VIOLATION) throw error;
          return transact((tx) => store(tx, load, true));
        })
        .catch(judged),

    async holdings(topic, partition, firstOffset, nextOffset) {
      const table = `fineprint.${tables[topic]}`;
      const place = [partition, firstOffset, nextOffset];
      const rows = await rowsOf<{ offset: string }>(
        `SELECT _offset AS offset FROM ${table} WHERE _partition = $1 AND _offset >= $2 AND _offset < $3
         UNION ALL SELECT record_offset FROM fineprint.erased_rows
         WHERE partition = $1 AND record_offset >= $2 AND record_offset < $3 AND topic = $4`,
        [...place, topic],
      );
      const dropped = await rowsOf<{ offset: string; rule: string }>(
        `SELECT record_offset AS offset, rule FROM fineprint.loader_exceptions
         WHERE partition = $1 AND record_offset >= $2 AND record_offset < $3 AND topic = $4 AND kind = 'dropped'`,
        [...place, topic],
      );
      const [before] = await rowsOf<{ source: string | null }>(
        `SELECT greatest(
          (SELECT _source_offset FROM ${table} WHERE _partition = $1 AND _offset < $2 AND _source_offset IS NOT NULL
           ORDER BY _offset DESC LIMIT 1),
          (SELECT max(source_offset) FROM fineprint.erased_rows
           WHERE topic = $3 AND partition = $1 AND record_offset < $2),
          (SELECT max(source_offset) FROM fineprint.loader_exceptions
           WHERE topic = $3 AND partition = $1 AND record_offset < $2 AND kind = 'dropped')) AS source`,
        [partition, firstOffset, topic],
      );
      return {
        offsets: new Set(rows.map((r) => Number(r.offset))),
        sourceOffsetBefore: before?.source == null ? null : Number(before.source),
        dropped: new Map(dropped.map((d) => [Number(d.offset), d.rule])),
      };
    },

    async holds(topic, partition, row) {
      const [found] = await rowsOf<{ any: boolean }>(HOLDS(topic), [row.eventId, partition, row.offset]);
      return found?.any === true;
    },

    restore: (topic, partition, row) =>
      transact((tx) => restoreRow(tx, topic, partition, row)).catch((error: unknown) =>
        // Somebody was first: the table has the event.
        codeOf(error) === UNIQUE_VIOLATION ? 'held' : judged(error),
      ),
  };
}

const judged = (error: unknown): never => {
  throw error instanceof UserMissing ? error : judge(error);
};

const HOLDS = (topic: LoadTopic) =>
  `SELECT EXISTS (SELECT FROM fineprint.${tables[topic]} WHERE id = $1)
    OR EXISTS (SELECT FROM fineprint.${tables[topic]} WHERE _partition = $2 AND _offset = $3)
    OR EXISTS (SELECT FROM fineprint.erased_rows WHERE topic = '${topic}' AND partition = $2 AND record_offset = $3) AS any`;

async function store(tx: Transaction, load: Load, isCareful: boolean): Promise<Dropped | 'moved'> {
  if (!(await moveOn(tx, load))) return 'moved';
  const { fresh, dropped } = isCareful ? await sift(tx, load) : { fresh: load.rows, dropped: NONE };
  const table = tables[load.topic];
  await tx.copy(
    table,
    columns[table],
    fresh.map((r) => r.bytes),
  );
  const replayed = fresh.filter((r) => r.isReplayed);
  await noteExceptions(tx, load, RESTORED, replayed);
  const rows = load.rows.filter((r) => dropped.has(r.offset));
  await noteExceptions(tx, load, DROPPED, rows);
  return dropped;
}

/** The fence: nobody else can pass until this transaction ends, and who comes then finds another offset. */
async function moveOn(tx: Transaction, { topic, partition, after, next }: Load): Promise<boolean> {
  const to = [topic, partition, next.nextOffset, next.sourceOffset];
  const changed =
    after.nextOffset === null
      ? await tx.change(
          `INSERT INTO fineprint.loader_offsets (topic, partition, next_offset, source_offset)
           VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
          to,
        )
      : await tx.change(
          `UPDATE fineprint.loader_offsets SET next_offset = $3, source_offset = $4, updated_at = now()
           WHERE topic = $1 AND partition = $2 AND next_offset = $5`,
          [...to, after.nextOffset],
        );
  return changed === 1;
}

/** Which rows are new; which ids the table has from elsewhere, or the load twice. A row that is there already is neither. */
async function sift(tx: Transaction, { topic, partition, rows }: Load) {
  const found = await tx.rows<{ id: string; partition: number | null; offset: string | null }>(
    `SELECT id, _partition AS partition, _offset AS offset FROM fineprint.${tables[topic]} WHERE id = ANY ($1::uuid[])`,
    [rows.map((r) => r.eventId)],
  );
  const taken = new Map(found.map((f) => [f.id, f.partition === partition ? Number(f.offset) : -1]));
  const fresh: LoadRow[] = [];
  const dropped = new Map<number, string>();
  for (const row of rows) {
    const id = row.eventId.toLowerCase();
    const at = taken.get(id);
    if (at === undefined) fresh.push(row);
    else if (at !== row.offset) dropped.set(row.offset, DUPLICATE_ID);
    taken.set(id, at ?? row.offset);
  }
  return { fresh, dropped };
}

async function restoreRow(
  tx: Transaction,
  topic: LoadTopic,
  partition: number,
  row: LoadRow,
): Promise<'stored' | 'held'> {
  const [held] = await tx.rows<{ any: boolean }>(HOLDS(topic), [row.eventId, partition, row.offset]);
  if (held?.any === true) return 'held';
  const table = tables[topic];
  await tx.copy(table, columns[table], [row.bytes]);
  await noteExceptions(tx, { topic, partition }, RESTORED, [row]);
  return 'stored';
}

async function noteExceptions(
  tx: Transaction,
  { topic, partition }: { readonly topic: LoadTopic; readonly partition: number },
  { kind, rule }: typeof DROPPED | typeof RESTORED,
  rows: readonly LoadRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.change(
    `INSERT INTO fineprint.loader_exceptions (topic, partition, record_offset, kind, rule, event_id, source_offset)
     SELECT $1, $2, record_offset, $3, $4, event_id, source_offset
     FROM unnest($5::bigint[], $6::uuid[], $7::bigint[]) AS given (record_offset, event_id, source_offset)
     ON CONFLICT DO NOTHING`,
    [
      topic,
      partition,
      kind,
      rule,
      rows.map((r) => r.offset),
      rows.map((r) => r.eventId),
      rows.map((r) => r.sourceOffset),
    ],
  );
}
