/**
 * Asks query-api for passports of random events, one after another and several at once, on a stack of its own (ClickHouse
 * and Postgres) that it fills once: product events, a note for every 20th, and ledger entries of all stages. Prints a table to
 * stderr and JSON to stdout; fails when an answer is not as it should be.
 *
 *   node scripts/run.mjs scripts/bench/src/passport.ts [--events 1000000] [--asked 500] [--seed 1] [--keep]
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { ClickHouseClient } from '@clickhouse/client';
import { randomSource } from './open-loop.ts';
import { summarize } from './quantiles.ts';
import { startQueryStack } from './query-stack.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string' },
    asked: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const events = Number(values.events ?? 1_000_000);
const asked = Number(values.asked ?? 500);
const AT_ONCE = 8;
const PARTITIONS = 6;
/** So few in an entry that there are as many entries as events. */
const ENTRY_RECORDS = 4;

/** Ids as the gateway makes them are in no order that ClickHouse could use, and neither are these. */
const ID = "reinterpretAsUUID(MD5(concat('bench', toString(number))))";
const RECEIVED = 'now64(3) - toIntervalSecond(number % 2592000)';

const stack = await startQueryStack(async (clickhouse) => {
  const result = await clickhouse.query({
    query: "SELECT count() AS n FROM fineprint.product_events WHERE source = 'bench'",
    format: 'JSONEachRow',
  });
  if (Number((await result.json<{ n: number | string }>())[0]?.n) !== events) await fill(clickhouse);
});

async function fill(clickhouse: ClickHouseClient): Promise<void> {
  for (const table of ['product_events', 'event_notes', 'pipeline_ledger'])
    await clickhouse.command({ query: `TRUNCATE TABLE fineprint.${table}` });
  const place = `toInt32(number % ${PARTITIONS}), intDiv(number, ${PARTITIONS})`;
  await clickhouse.command({
    query: `INSERT INTO fineprint.product_events (event_id, kind, event_name, event_time, received_at, user_id, source,
        properties, context, flags, _partition, _offset, _source_offset)
      SELECT ${ID}, 'track', concat('event', toString(number % 50)), ${RECEIVED}, ${RECEIVED}, toString(number % 10000),
        'bench', '{}', '{}', [], ${place}, intDiv(number, ${PARTITIONS}) FROM numbers(${events})`,
  });
  await clickhouse.command({
    query: `INSERT INTO fineprint.event_notes (event_id, stage, kind, topic, partition, offset, types, paths, noted_at,
        received_at, _partition, _offset, _source_offset)
      SELECT ${ID}, 'pii-scrubber', 'scrubbed', 'product.events.raw', ${place}, ['EMAIL'], ['properties.note'], ${RECEIVED},
        ${RECEIVED}, ${place}, -1 FROM numbers(${events}) WHERE number % 20 = 0`,
  });
  for (const [stage, topic] of [
    ['pii-scrubber', 'product.events.raw'],
    ['warehouse-loader', 'product.events.clean'],
    ['funnel-builder', 'product.events.clean'],
    ['person-builder', 'subject.behaviour'],
  ])
    await clickhouse.command({
      query: `INSERT INTO fineprint.pipeline_ledger (entry_id, stage, instance, role, topic, partition, first_offset,
          next_offset, records, line_kinds, line_targets, line_records, first_time, last_time, written_at, received_at,
          _partition, _offset, _source_offset)
        SELECT generateUUIDv4(), '${stage}', 'bench', 'account', '${topic}', toInt32(number % ${PARTITIONS}) AS p,
          intDiv(number, ${PARTITIONS}) * ${ENTRY_RECORDS} AS first, first + ${ENTRY_RECORDS}, ${ENTRY_RECORDS},
          ['applied', 'published'], ['', 'x'], [${ENTRY_RECORDS}, 5], now64(3), now64(3), now64(3), now64(3), p, number, -1
        FROM numbers(${Math.ceil(events / ENTRY_RECORDS) + PARTITIONS})`,
    });
}

const random = randomSource(Number(values.seed ?? 1));
const ids = await stack.clickhouse
  .query({
    query: `SELECT toString(event_id) AS id FROM fineprint.product_events WHERE source = 'bench'
      ORDER BY cityHash64(event_id, {seed:UInt32}) LIMIT {n:UInt32}`,
    query_params: { n: asked, seed: Math.floor(random() * 1e9) },
    format: 'JSONEachRow',
  })
  .then((result) => result.json<{ id: string }>())
  .then((rows) => rows.map((row) => row.id));

/** The latencies of each id's passport, `width` of them at any time. */
async function measure(all: readonly string[], width: number, expected: number): Promise<number[]> {
  const took: number[] = [];
  const left = [...all];
  const ask = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const startMs = performance.now();
      const status = await stack.get(`/api/v1/events/${id}/passport`);
      if (status !== expected) throw new Error(`the passport of ${id} answered ${status}`);
      took.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: width }, ask));
  return took;
}

await measure(ids.slice(0, 20), 1, 200);
const report = {
  events,
  oneByOneMs: summarize(await measure(ids, 1, 200)),
  eightAtOnceMs: summarize(await measure(ids, AT_ONCE, 200)),
  unknownMs: summarize(
    await measure(
      Array.from({ length: 100 }, () => randomUUID()),
      1,
      404,
    ),
  ),
};
console.table({ one: report.oneByOneMs, eight: report.eightAtOnceMs, unknown: report.unknownMs });
process.stdout.write(`${JSON.stringify(report)}\n`);
await stack.close(values.keep);
