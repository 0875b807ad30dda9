import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { claimKeysOf } from '@fineprint/pii-scrubber/claim-keys';
import {
  clickhouseCondition,
  postgresCondition,
  type SubjectTable,
  snowflakeCondition,
  subjectTables,
} from '@fineprint/privacy';
import { partsPath, requireFolder, writersOf } from './archive-file.ts';
import { askedOf } from './asked.ts';
import { clickhouseTables } from './clickhouse-tables.ts';
import { cursorRows } from './cursor-rows.ts';
import { type PartFile, writePart } from './part-file.ts';
import { withSnowflake } from './snowflake-rows.ts';
import type { Step, StepContext } from './step.ts';

const DIR_MODE = 0o700;
const FETCH_ROWS = 1_000;
/** The file that says what the others are. */
export const MANIFEST = 'manifest.json';

/** Everything about the subject in every store, a file of JSON lines for each table that has some. */
export const collect: Step = async (context) => {
  const { ports, request, run, scope } = context;
  const folder = requireFolder(ports);
  const dir = partsPath(folder, request.id);
  await rm(dir, { recursive: true, force: true }); // of an attempt that was killed
  await mkdir(dir, { recursive: true, mode: DIR_MODE });
  const files: PartFile[] = [];
  const add = async (store: string, table: string, chunks: AsyncIterable<Buffer | string>) => {
    const part = await writePart({ dir, folder }, { store, table }, chunks, run.signal);
    if (part.rows > 0) files.push(part);
    else await rm(path.join(dir, part.file));
  };
  for (const table of await clickhouseTables(context.warehouse, run.signal))
    await add('clickhouse', table.table, clickhouseLines(context, table));
  for (const table of exportedFrom('postgres'))
    await add('postgres', table.table, postgresLines(context, table));
  for (const table of exportedFrom('snowflake'))
    await add('snowflake', table.table, snowflakeLines(context, table));
  await add('redis', 'claims', redisLines(context));
  const manifest = {
    format: 'fineprint-subject-archive/1',
    request_id: request.id,
    regulation: request.regulation,
    requested_at: request.createdAt.toISOString(),
    created_at: new Date().toISOString(),
    subject: askedOf(request),
    ids: { user_ids: scope.users, anonymous_ids: scope.anonymous },
    files,
    not_included: [
      'Topics of Kafka: what they hold is in the stores, or was refused, and expires by itself.',
      'Figures that were counted over many people.',
    ],
  };
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  await pipeline([Readable.from([text]), ...writersOf(path.join(dir, MANIFEST), folder)]);
  return { files: files.length, rows: files.reduce((sum, f) => sum + f.rows, 0) };
};

const exportedFrom = (store: SubjectTable['store']) =>
  subjectTables.filter((t) => t.store === store && t.isExported !== false);

async function* clickhouseLines({ warehouse, scope, run }: StepContext, table: SubjectTable) {
  const { sql, parameters } = clickhouseCondition(table, scope);
  const stream = await warehouse.lines(
    `SELECT * FROM fineprint.${table.table} WHERE ${sql}`,
    parameters,
    run.signal,
  );
  for await (const chunk of stream) yield chunk as Buffer;
}

async function* postgresLines({ ports, scope }: StepContext, table: SubjectTable) {
  const { sql, parameters } = postgresCondition(table, scope);
  const query = `SELECT to_json(t)::text AS line FROM fineprint.${table.table} AS t WHERE ${sql}`;
  for await (const { line } of cursorRows<{ line: string }>(ports.pool, query, parameters)) yield `${line}\n`;
}

async function* snowflakeLines({ ports, scope }: StepContext, table: SubjectTable) {
  const { sql, parameters } = snowflakeCondition(table, scope);
  for (let offset = 0; ports.snowflake !== null; offset += FETCH_ROWS) {
    const from = offset;
    const rows = await withSnowflake(ports.snowflake, (session) =>
      session.rows(
        `SELECT * FROM ${table.table} WHERE ${sql} ORDER BY _topic, _partition, _offset LIMIT ${FETCH_ROWS} OFFSET ${from}`,
        parameters,
      ),
    );
    for (const row of rows ?? []) yield `${JSON.stringify(row)}\n`;
    if ((rows ?? []).length < FETCH_ROWS) return;
  }
}

/** What Redis remembers of the subject's events: where each id was claimed. */
async function* redisLines({ ports, warehouse, scope, run }: StepContext) {
  for (const table of (await clickhouseTables(warehouse, run.signal)).filter(
    (t) => t.columns['user_id'] && EVENTS.has(t.table),
  )) {
    const { sql, parameters } = clickhouseCondition(table, scope);
    let last = '';
    for (;;) {
      const rows = await warehouse.rows<{ id: string }>(
        `SELECT DISTINCT lower(toString(event_id)) AS id FROM fineprint.${table.table}
         WHERE ${sql} AND lower(toString(event_id)) > {last:String} ORDER BY id LIMIT ${FETCH_ROWS}`,
        { ...parameters, last },
        run.signal,
      );
      if (rows.length === 0) break;
      const keys = rows.flatMap(({ id }) => claimKeysOf(id));
      const values = await ports.redis.mget(...keys);
      for (const [i, key] of keys.entries()) {
        const value = values[i];
        if (value !== null && value !== undefined) yield `${JSON.stringify({ key, value })}\n`;
      }
      last = rows.at(-1)?.id ?? '';
    }
  }
}

const EVENTS: ReadonlySet<string> = new Set([
  'product_events',
  'ai_requests',
  'ai_feedback',
  'consent_updates',
]);
