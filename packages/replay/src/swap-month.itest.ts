import { randomBytes, randomUUID } from 'node:crypto';
import { migrateClickHouse } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findChanges } from './find-changes.ts';
import type { ReplayTopic } from './stages.ts';
import { backUp, backupsOf, catchUp, createNext, monthsOf, prepareMonth, swapMonth } from './swap-month.ts';
import { createShadowTables, dropTables, outcomesTable, tablesOf } from './tables.ts';
import { connectWarehouse, type Warehouse } from './warehouse.ts';

/** A month and partitions that no other test has rows of. */
const RECEIVED = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
const MONTH = Number(RECEIVED.slice(0, 7).replace('-', ''));
const PARTITION = 7_000 + Math.floor(Math.random() * 1_000);
const RAW = 'product.events.raw';
const TABLE = 'product_events';
const topic: ReplayTopic = {
  raw: RAW,
  clean: 'product.events.clean',
  table: TABLE,
  metrics: [],
  derived: [],
};
const ranges = [{ topic: RAW, partition: PARTITION, from: 1_000, to: 1_100 }] as const;
const id = randomBytes(4).toString('hex');
const { live, rows, changes } = tablesOf(id, TABLE);
const MINE = `_partition = ${PARTITION}`;
const quiet = () => undefined;

let warehouse: Warehouse;
beforeAll(async () => {
  const {
    clickhouseUrl: url,
    clickhouseUsername: username,
    clickhousePassword: password,
  } = useTestStack().endpoints;
  await migrateClickHouse({ url, username, password });
  warehouse = connectWarehouse({ url, username, password });
});
afterAll(async () => {
  await dropTables(warehouse, id);
  await warehouse.run(`ALTER TABLE ${live} DELETE WHERE ${MINE}`);
  await warehouse.close();
});

/** As the loader does: offsets in the clean topic from 0, in the raw one from 1,000. */
const load = (from: number, to: number, token: string) =>
  warehouse.client.command({
    query: `INSERT INTO ${live} (event_id, kind, event_name, event_time, received_at, source, properties, context, _partition, _offset, _source_offset)
      SELECT generateUUIDv4(), 'track', 'e', '${RECEIVED}', '${RECEIVED}', 'swap', '{"mail":"a@example.com"}', '{}', ${PARTITION}, number, 1000 + number
      FROM numbers(${from}, ${to - from})`,
    clickhouse_settings: { insert_deduplicate: 1, insert_deduplication_token: token },
  });

const figures = async () => {
  const [row] = await warehouse.select<Record<string, number>>(
    `SELECT count() AS n, uniqExact(_offset) AS places, countIf(properties LIKE '%[EMAIL]%') AS scrubbed, max(_offset) AS newest
      FROM ${live} WHERE ${MINE}`,
  );
  return Object.fromEntries(Object.entries(row ?? {}).map(([k, v]) => [k, Number(v)]));
};

it('swaps a month while rows come and go, an interrupted swap included, and keeps the tokens', async () => {
  const token = randomUUID();
  await load(0, 100, token);
  await createShadowTables(warehouse, id, [topic]);
  // The current code scrubs the first 60, says the same of the next 30, and refuses the last 10.
  await warehouse.run(
    `INSERT INTO ${rows} SELECT * REPLACE (if(_offset < 60, '{"mail":"[EMAIL]"}', properties) AS properties) FROM ${live} WHERE ${MINE} AND _offset < 90`,
  );
  await warehouse.run(
    `INSERT INTO ${outcomesTable(id)} SELECT '${RAW}', ${PARTITION}, 1090 + number, '', 'passed', '', 'dead-letter', 'invalid_json' FROM numbers(10)`,
  );
  expect(await findChanges(warehouse, id, topic, ranges, quiet)).toEqual({ matched: 90 });
  const kinds = await warehouse.select<{ kind: string; n: number }>(
    `SELECT kind, toUInt32(count()) AS n FROM ${changes} GROUP BY kind ORDER BY kind`,
  );
  expect(kinds).toEqual([
    { kind: 'changed', n: 60 },
    { kind: 'kept', n: 1 },
    { kind: 'removed', n: 9 },
  ]);
  expect(await monthsOf(warehouse, id, TABLE)).toEqual([MONTH]);

  const swap = { table: TABLE, month: MONTH };
  await backUp(warehouse, id, TABLE);
  await createNext(warehouse, id, TABLE);
  await prepareMonth(warehouse, id, swap);
  await load(100, 130, randomUUID()); // loading goes on
  await warehouse.run(`ALTER TABLE ${live} DELETE WHERE ${MINE} AND _offset IN (5, 70)`); // and somebody is forgotten
  await catchUp(warehouse, id, swap, false);
  expect(await figures()).toMatchObject({ n: 128, scrubbed: 0 });
  await swapMonth(warehouse, id, swap);
  const swapped = { n: 119, places: 119, scrubbed: 59, newest: 129 };
  expect(await figures()).toEqual(swapped);
  expect(await backupsOf(warehouse, id)).toMatchObject({ replaced: 69 });

  // ClickHouse died within the statement: the month is there twice. Somebody started the loader since.
  await warehouse.run(
    `INSERT INTO ${live} SELECT * FROM ${tablesOf(id, TABLE).next} WHERE toYYYYMM(received_at) = ${MONTH}`,
  );
  await load(130, 140, randomUUID());
  expect(await figures()).toMatchObject({ n: 248, places: 129 });
  await catchUp(warehouse, id, swap, true);
  await swapMonth(warehouse, id, swap);
  expect(await figures()).toEqual({ n: 129, places: 129, scrubbed: 59, newest: 139 });

  // A loader that was frozen before its first insert wakes up.
  await load(0, 100, token);
  expect(await figures()).toMatchObject({ n: 129 });
  // What has been promoted does not differ any more; the row that was kept is no longer the newest.
  await findChanges(warehouse, id, topic, ranges, quiet);
  expect(await warehouse.select(`SELECT kind, toUInt32(count()) AS n FROM ${changes} GROUP BY kind`)).toEqual(
    [{ kind: 'removed', n: 1 }],
  );

  // A row that somebody doubled is no reason to refuse; it stays, for an audit to tell.
  await load(120, 121, randomUUID());
  await createNext(warehouse, id, TABLE);
  await prepareMonth(warehouse, id, swap);
  await catchUp(warehouse, id, swap, false);
  await swapMonth(warehouse, id, swap);
  expect(await figures()).toMatchObject({ n: 129, places: 128 });
});
