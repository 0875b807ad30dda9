import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ArchivedPart, fileOf, listParts, partProblem } from '@fineprint/archive';
import { parseKeys } from '@fineprint/at-rest';
import { DEFAULT_CONVENTION } from '@fineprint/business-metrics';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { cutoffOf, type DatasetName, datasetNames, resolvePolicy } from '@fineprint/retention';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Run } from '../engine/job.ts';
import { dataRetention } from '../jobs/data-retention.ts';
import type { JobPorts } from '../ports.ts';
import { keepForever } from '../testing/keep-forever.ts';
import { unclaimedRun } from '../testing/unclaimed-run.ts';
import { openWarehouse, type Warehouse } from '../warehouse.ts';
import { removeTable } from './remove-table.ts';

/** Nobody else's rows are of this day. */
const DAY = '1996-03-04';
const AFTER = Date.parse('1996-03-06');
const TOPIC = `retention-${randomUUID().slice(0, 8)}`;
const never = new AbortController().signal;

let pool: Pool;
let warehouse: Warehouse;
let dir: string;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migratePostgres(endpoints.databaseUrl);
  await migrateClickHouse({ url, username, password });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 4 });
  warehouse = openWarehouse({ url, username, password });
});
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'fineprint-archive-'));
  await pool.query("DELETE FROM fineprint.archive_parts WHERE day < '1997-01-01'");
});
afterEach(() => rmSync(dir, { recursive: true }));
afterAll(async () => {
  await pool?.query("DELETE FROM fineprint.archive_parts WHERE day < '1997-01-01'");
  await warehouse?.close();
  await pool?.end();
});

/** Encrypted, as in production; the first test writes in the clear. */
const keyring = parseKeys(`itest:${randomBytes(32).toString('base64')}`);
let isEncrypted = false;
const archive = () => ({ dir, keyring: isEncrypted ? keyring : null });

const sql = <T>(query: string) => warehouse.rows<T>(query, {}, never);
const run = () => unclaimedRun(pool, `itest-${randomUUID()}`, Date.now());
let offset = 0;

/** Rows of all kinds of columns: numbers that are missing, lists, maps. */
const addRequests = (rows: number, day = DAY) => {
  const first = offset;
  offset += rows;
  return warehouse.command(
    `INSERT INTO fineprint.ai_requests (event_id, event_time, received_at, model_name, user_id, input_tokens, latency_ms, success,
       eval_scores, source, properties, flags, _topic, _partition, _offset, _source_offset)
     SELECT generateUUIDv4(), now64(3), toDateTime64('${day} 23:59:59.999', 3, 'UTC'), concat('m', toString(number % 3)),
       if(number % 2 = 0, NULL, 'user "ü"'), number, if(number % 3 = 0, NULL, number / 7), number % 5 = 0,
       map('a', number / 3), 'itest', '{"a":1}', ['x', 'y'], '${TOPIC}', number % 3, ${first} + number, 2 * (${first} + number)
     FROM numbers(${rows})`,
    {},
    never,
  );
};
const held = async (table = 'ai_requests') => {
  const [row] = await sql<{ n: number }>(
    `SELECT toFloat64(count()) AS n FROM fineprint.${table} WHERE received_at < '1997-01-01'`,
  );
  return row?.n;
};
const requests = () => ({ dataset: 'ai_requests', table: 'ai_requests', archive: archive() });
const parts = async () => (await listParts(pool, 'ai_requests')).filter((p) => p.day < '1997');
const rowsIn = (list: readonly ArchivedPart[]) => list.reduce((sum, p) => sum + p.rows, 0);
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .map((f) => path.relative(folder, path.join(f.parentPath, f.name)))
    .sort();

/** A worker that is killed after so many changes to a store: the last one is done, and nothing comes after it. */
class Killed extends Error {}
function killedAfter(calls: number): { warehouse: Warehouse; run: Run } {
  let left = calls;
  const dying =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (left <= 0) throw new Killed();
      left--;
      const result = await call(...args);
      if (left === 0) throw new Killed();
      return result;
    };
  const whole = run();
  return {
    warehouse: {
      ...warehouse,
      command: dying(warehouse.command),
      feed: dying(warehouse.feed),
    },
    run: { ...whole, whileOurs: dying(whole.whileOurs) as Run['whileOurs'] },
  };
}

it('archives a day, reads it again, and only then removes it; what comes later is a part of its own', async () => {
  await addRequests(2_000);
  await addRequests(10, '1996-03-05');
  const cutoff = cutoffOf(AFTER, 24);
  expect(await removeTable(warehouse, run(), requests(), cutoff)).toMatchObject({
    rows: 2_000,
    archivedRows: 2_000,
  });
  expect(await held()).toBe(10);
  const [part] = await parts();
  expect(part).toMatchObject({ day: DAY, part: 1, rows: 2_000, deletedAt: expect.any(Date) });
  expect(filesIn(dir)).toEqual([path.join('ai_requests', `day=${DAY}`, 'part-1.parquet')]);
  expect(part && (await partProblem(archive(), part))).toBeNull();
  const positions = await sql(
    `SELECT _partition AS p, toInt32(max(max_offset)) AS o, toInt32(max(max_source_offset)) AS s FROM fineprint.removed_positions
     WHERE table_name = 'ai_requests' AND _topic = '${TOPIC}' GROUP BY p ORDER BY p`,
  );
  expect(positions).toEqual([
    { p: 0, o: 1_998, s: 3_996 },
    { p: 1, o: 1_999, s: 3_998 },
    { p: 2, o: 1_997, s: 3_994 },
  ]);

  expect(await removeTable(warehouse, run(), requests(), cutoff)).toMatchObject({ rows: 0, parts: 0 });
  await addRequests(5);
  await removeTable(warehouse, run(), requests(), AFTER);
  expect((await parts()).map((p) => [p.day, p.part, p.rows])).toEqual([
    [DAY, 1, 2_000],
    [DAY, 2, 5],
    ['1996-03-05', 1, 10],
  ]);
  expect(await held()).toBe(0);
  if (part === undefined) throw new Error('no part');
  const file = openSync(path.join(dir, fileOf(part)), 'r+');
  writeSync(file, 'x', 1_000);
  closeSync(file);
  expect(await partProblem(archive(), part)).toBe('has other bytes than were written');
  appendFileSync(path.join(dir, fileOf(part)), 'x');
  expect(await partProblem(archive(), part)).toContain('no end');
  expect(await partProblem(archive(), { ...part, day: '1996-01-01' })).toBe('is not there');
});

it('killed after any step and run again: nothing goes without a file, and nothing is archived twice', async () => {
  isEncrypted = true;
  let planted = 0;
  for (let steps = 1; ; steps++) {
    const before = rowsIn(await parts());
    await addRequests(7);
    planted += 7;
    const dying = killedAfter(steps);
    const ended = await removeTable(dying.warehouse, dying.run, requests(), AFTER).catch(
      (error: unknown) => error,
    );
    expect(ended instanceof Killed || !(ended instanceof Error)).toBe(true);
    expect(rowsIn(await parts()) + ((await held()) ?? 0)).toBeGreaterThanOrEqual(planted);
    await removeTable(warehouse, run(), requests(), AFTER);
    expect(await held()).toBe(0);
    const all = await parts();
    expect(rowsIn(all) - before).toBe(7);
    expect(all.every((p) => p.deletedAt !== null)).toBe(true);
    expect(filesIn(dir)).toEqual(all.map(fileOf).sort());
    if (!(ended instanceof Error)) break;
  }
});

it('keeps rows whose file is damaged, rows that are stored meanwhile, and no file of rows that were erased', async () => {
  await addRequests(20);
  // Recorded, and then nothing more.
  const marking = run();
  const stopAtMark: Run = {
    ...marking,
    whileOurs: (work) =>
      marking.whileOurs((client) =>
        work({
          query: ((text: string, values: unknown[]) => {
            if (text.includes('removal_marks')) throw new Killed();
            return client.query(text, values);
          }) as typeof client.query,
        }),
      ),
  };
  await expect(removeTable(warehouse, stopAtMark, requests(), AFTER)).rejects.toThrow(Killed);
  const [recorded] = await parts();
  if (recorded === undefined) throw new Error('no part');
  appendFileSync(path.join(dir, fileOf(recorded)), 'x');
  await expect(removeTable(warehouse, run(), requests(), AFTER)).rejects.toMatchObject({
    code: 'archive_damaged',
  });
  await expect(removeTable(warehouse, run(), { ...requests(), archive: null }, AFTER)).rejects.toMatchObject({
    code: 'archive_missing',
  });
  expect(await held()).toBe(20);
  await pool.query('DELETE FROM fineprint.archive_parts WHERE dataset = $1 AND deleted_at IS NULL', [
    'ai_requests',
  ]);

  // Erased after the file was written: the file would bring them back.
  const erasing: Warehouse = {
    ...warehouse,
    async feed(...args) {
      await warehouse.feed(...args);
      await warehouse.command(
        `ALTER TABLE fineprint.ai_requests DELETE WHERE _topic = '${TOPIC}' AND user_id IS NULL SETTINGS mutations_sync = 2`,
        {},
        never,
      );
    },
  };
  await expect(removeTable(erasing, run(), requests(), AFTER)).rejects.toMatchObject({
    code: 'archive_differs',
  });
  expect([await held(), await parts()]).toEqual([10, []]);

  // Stored between the file and the removal.
  let isFirst = true;
  const growing: Warehouse = {
    ...warehouse,
    async command(query, ...rest) {
      if (isFirst && query.includes(' DELETE IN PARTITION ')) {
        isFirst = false;
        await addRequests(3);
      }
      return warehouse.command(query, ...rest);
    },
  };
  expect(await removeTable(growing, run(), requests(), AFTER)).toMatchObject({ rows: 13, parts: 2 });
  // The damaged file, which nobody knows any more, is not written over.
  expect((await parts()).map((p) => [p.part, p.rows])).toEqual([
    [2, 10],
    [3, 3],
  ]);
});

it('as a job: every data set by its limit, holds, Postgres, and files whose own time is over', async () => {
  const settings = { DATA_RETENTION_DAYS: 3_650, RAW_RETENTION_HOURS: 72, RETENTION_HOLDS: ['ai_feedback'] };
  const ports: JobPorts = {
    warehouse,
    reader: warehouse,
    convention: DEFAULT_CONVENTION,
    retentionDays: 3_650,
    historyDays: 90,
    qualityRulesFile: undefined,
    privacy: null,
    ...keepForever,
    retention: resolvePolicy(settings).policy,
    archive: archive(),
  };
  const plant = async (table: string) => {
    await warehouse.command(
      `INSERT INTO fineprint.${table} (received_at, _topic, _partition, _offset, _source_offset)
       SELECT toDateTime64('${DAY} 12:00:00', 3, 'UTC'), '${TOPIC}', 0, number, -1 FROM numbers(4)`,
      {},
      never,
    );
  };
  const inClickHouse = datasetNames.filter((name) => name !== 'funnel_steps') as Exclude<
    DatasetName,
    'funnel_steps'
  >[];
  for (const table of inClickHouse) await plant(table);
  const planted = new Map<string, number>();
  for (const table of inClickHouse) planted.set(table, (await held(table)) ?? 0);
  const [id, byHand] = [randomUUID(), randomUUID()];
  await pool.query(
    `INSERT INTO fineprint.analytics_events (id, event_name, created_at, received_at) VALUES
       ($1, 'old', now(), '1996-03-04'), ($2, 'by hand', '1996-03-04', NULL), (gen_random_uuid(), $3, '1996-03-04', now())`,
    [id, byHand, TOPIC],
  );
  const result = await dataRetention.run(ports, run());
  expect(result).toMatchObject({ archive: 'on', held: ['ai_feedback'], removed_files: 0 });
  const removed = result['removed_rows'] as Record<string, number>;
  for (const table of inClickHouse)
    if (table === 'ai_feedback') expect(await held(table)).toBe(planted.get(table));
    else expect([table, removed[table] !== undefined, await held(table)]).toEqual([table, true, 0]);
  expect(removed['postgres/analytics_events']).toBeGreaterThanOrEqual(2);
  const { rows: events } = await pool.query(
    'SELECT event_name FROM fineprint.analytics_events WHERE id IN ($1, $2) OR event_name = $3',
    [id, byHand, TOPIC],
  );
  expect(events).toEqual([{ event_name: TOPIC }]);
  await pool.query('DELETE FROM fineprint.analytics_events WHERE event_name = $1', [TOPIC]);
  const { rows: marks } = await pool.query(
    "SELECT store, table_name FROM fineprint.removal_marks WHERE table_name IN ('analytics_events', 'deliveries')",
  );
  expect(marks).toContainEqual({ store: 'postgres', table_name: 'analytics_events' });
  expect(marks).toContainEqual({ store: 'clickhouse', table_name: 'deliveries' });

  // Two years later, by the clock of the store.
  await pool.query(
    "UPDATE fineprint.archive_parts SET archived_at = archived_at - interval '800 days' WHERE day < '1997-01-01'",
  );
  const later = { ...ports, archiveDays: 730 };
  expect(await dataRetention.run(later, run())).toMatchObject({ removed_files: inClickHouse.length - 1 });
  expect(filesIn(dir).filter((f) => f.includes('day=1996'))).toEqual([]);
  const kept = (await listParts(pool)).filter((p) => p.day < '1997');
  expect(kept.every((p) => p.fileRemovedAt !== null)).toBe(true);

  // Without a folder rows go, and the result says how.
  await plant('deliveries');
  const off = {
    ...ports,
    archive: keepForever.archive,
    retention: resolvePolicy({ ...settings, RETENTION_HOLDS: [] }).policy,
  };
  expect(await dataRetention.run(off, run())).toMatchObject({
    archive: expect.stringContaining('off: ARCHIVE_DIR is not set'),
    archived: {},
    removed_rows: { deliveries: expect.any(Number), ai_feedback: planted.get('ai_feedback') },
  });
});
