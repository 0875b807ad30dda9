import {
  type Asked,
  clickhouseCondition,
  clickhouseHashCondition,
  idsOf,
  type SubjectTable,
} from '@fineprint/privacy';
import { clickhouseTables } from './clickhouse-tables.ts';
import type { Step, StepContext } from './step.ts';

const EVENT_TABLES = ['product_events', 'ai_requests', 'ai_feedback', 'consent_updates'];

/**
 * Notes the places of the subject's rows, then deletes them. The books count a place once, whether its row is still there or not;
 * a repeat after a kill notes the same places again. Mutations name places and hashes: ClickHouse keeps their text.
 */
export const clickhouse: Step = async (context) => {
  const { warehouse, run, request } = context;
  const hashes = await hashesOf(context);
  for (const table of await clickhouseTables(warehouse, run.signal)) {
    if (table.erasedAs === 'placed') await erasePlaced(context, table);
    else
      await mutate(
        context,
        table.table,
        clickhouseHashCondition(table, (holds) => hashes.get(holds) ?? []),
      );
  }
  const removed = await warehouse.rows<{ table: string; rows: number }>(
    `SELECT table, count() AS rows FROM fineprint.erased_rows FINAL WHERE request_id = {id:UUID} GROUP BY table ORDER BY table`,
    { id: request.id },
    run.signal,
  );
  return { removed: Object.fromEntries(removed.map(({ table, rows }) => [table, rows])) };
};

async function erasePlaced(context: StepContext, table: SubjectTable): Promise<void> {
  const { warehouse, run, request, scope } = context;
  const { sql, parameters } = clickhouseCondition(table, scope);
  const [found] = await warehouse.rows<{ n: number }>(
    `SELECT count() AS n FROM fineprint.${table.table} WHERE ${sql}`,
    parameters,
    run.signal,
  );
  if ((found?.n ?? 0) === 0) return;
  const isEvents = EVENT_TABLES.includes(table.table);
  const id = 'lower(toString(event_id))';
  const hash = (of: string) => (isEvents ? `${of}(${id})` : '0');
  await warehouse.command(
    `INSERT INTO fineprint.erased_rows
       (request_id, table, received_at, id_murmur3, id_xxh32, _topic, _partition, _offset, _source_offset)
     SELECT {id:UUID}, {table:String}, received_at, ${hash('murmurHash3_32')}, ${hash('xxHash32')}, _topic, _partition, _offset, _source_offset
     FROM fineprint.${table.table} WHERE ${sql}`,
    { ...parameters, id: request.id, table: table.table },
    run.signal,
  );
  await mutate(
    context,
    table.table,
    `(_topic, _partition, _offset) IN (SELECT _topic, _partition, _offset FROM fineprint.erased_rows
      WHERE request_id = toUUID('${request.id}') AND table = '${table.table}')`,
  );
}

/** Resolves when the rows are gone from every part. */
async function mutate({ warehouse, run }: StepContext, table: string, where: string): Promise<void> {
  await warehouse.command(
    `ALTER TABLE fineprint.${table} DELETE WHERE ${where} SETTINGS mutations_sync = 2`,
    {},
    run.signal,
  );
}

/** ClickHouse's own hashes of the ids, as text: they have 64 bits. */
async function hashesOf({ warehouse, run, scope }: StepContext): Promise<Map<Asked, readonly string[]>> {
  const hashes = new Map<Asked, readonly string[]>();
  for (const holds of ['user', 'anonymous', 'person'] as const) {
    const rows = await warehouse.rows<{ hash: string }>(
      'SELECT toString(sipHash64(arrayJoin({ids:Array(String)}))) AS hash',
      { ids: idsOf(scope, holds) },
      run.signal,
    );
    hashes.set(
      holds,
      rows.map(({ hash }) => hash),
    );
  }
  return hashes;
}
