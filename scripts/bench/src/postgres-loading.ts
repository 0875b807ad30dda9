/**
 * How fast postgres-loader stores events, as a share of plain COPY of the same rows into the same table, and what other ways
 * of writing them would reach. Ways take turns, round by round; each is told by its median round.
 *
 *   node scripts/run.mjs scripts/bench/src/postgres-loading.ts [--rows 100000] [--rounds 5]
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { migratePostgres } from '@fineprint/migrations';
import {
  COPY_HEADER,
  COPY_TRAILER,
  columns,
  createPostgresSink,
  createPostgresStore,
  eventRow,
} from '@fineprint/postgres-loader/bench';
import { openStack } from '@fineprint/stack';
import {
  createRecordDecoder,
  createRecordEncoder,
  parseWire,
  type SinkRecord,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' } },
});
const ROWS = Number(values.rows);
const ROUNDS = Number(values.rounds);
/** As the loader's own limit. */
const BATCH = 10_000;
const USERS = 20_000;
const TOPIC = 'product.events.clean';
const PARTITION = 31_000;

const stack = await openStack({
  FINEPRINT_PORT_OFFSET: '7600',
  FINEPRINT_DATA_DIR: '.fineprint/bench-postgres',
  ...process.env,
});
await stack.up({ parts: ['postgres'] });
await migratePostgres(stack.endpoints.databaseUrl);
const pool = new Pool({ connectionString: stack.endpoints.databaseUrl, max: 4 });
const registry = createMemoryRegistry();
const encoder = await createRecordEncoder(registry, [TOPIC]);
const decoder = createRecordDecoder(registry, Date.now);

const events = Array.from({ length: ROWS }, (_, i) =>
  sampleProductEvent({
    event_id: randomUUID(),
    event_name: `event ${i % 50}`,
    user_id: `user-${i % USERS}`,
    session_id: `session-${i % 1_000}`,
    event_time: Date.now() - i,
    properties: JSON.stringify({ plan: 'pro', n: i, note: 'a note of some words', price: i / 8 }),
    context: JSON.stringify({ app: { name: 'web', version: '1.2.3' }, locale: 'en' }),
  }),
);
const records: readonly SinkRecord[] = events.map((event, offset) => {
  const value = encoder.encode(TOPIC, event);
  const wire = parseWire(value);
  if (wire === null) throw new Error('no frame');
  const input = { offset, timestampMs: Date.now(), key: null, value, headers: {} };
  return { input, schemaId: wire.schemaId, datum: wire.datum, sourceOffset: offset, id: null };
});
const rows = events.map((event, offset) => {
  const place = { partition: PARTITION, offset, sourceOffset: offset, receivedAtMs: Date.now() };
  const row = eventRow(event, place);
  if (!('bytes' in row)) throw new Error(row.message);
  return row;
});
const batches = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) => all.slice(i * BATCH, (i + 1) * BATCH));
const names = columns.analytics_events.join(', ');

async function copyInto(table: string, batch: typeof rows, after = ''): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    if (after !== '')
      await client.query('CREATE TEMP TABLE staged (LIKE fineprint.analytics_events) ON COMMIT DROP');
    const body = Buffer.concat([COPY_HEADER, ...batch.map((r) => r.bytes), COPY_TRAILER]);
    const sink = client.query(copyFrom(`COPY ${table} (${names}) FROM STDIN WITH (FORMAT binary)`));
    await pipeline(Readable.from([body], { objectMode: false }), sink);
    if (after !== '') await client.query(after);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** The document's columns only, as a program that knows no COPY would send them. */
async function insertUnnested(batch: readonly number[]): Promise<void> {
  const of = <T>(pick: (i: number) => T) => batch.map(pick);
  await pool.query(
    `INSERT INTO fineprint.analytics_events (id, user_id, event_name, properties, context, created_at, _partition, _offset)
     SELECT id, user_id, name, properties, context, at, ${PARTITION}, place FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::jsonb[], $6::timestamptz[], $7::bigint[])
       AS given (id, user_id, name, properties, context, at, place) ON CONFLICT DO NOTHING`,
    [
      of((i) => events[i]?.event_id),
      of((i) => rows[i]?.user?.id),
      of((i) => events[i]?.event_name),
      of((i) => events[i]?.properties),
      of((i) => events[i]?.context),
      of((i) => new Date(events[i]?.event_time ?? 0)),
      of((i) => i),
    ],
  );
}

/** One for all rounds: the first one learns the users, as a loader has that runs for a while. */
const sink = createPostgresSink(createPostgresStore(pool), decoder);

const ways: Readonly<Record<string, () => Promise<void>>> = {
  'plain COPY': async () => {
    for (const batch of batches(rows)) await copyInto('fineprint.analytics_events', batch);
  },
  'postgres-loader': async () => {
    let after = await sink.open(TOPIC, PARTITION);
    // As the runtime has it under load: the next records are made ready while these are stored.
    let ready = Promise.resolve();
    const all = batches(records);
    for (const [i, batch] of all.entries()) {
      if (i === 0) await sink.prepare(TOPIC, batch, PARTITION);
      await ready;
      const writing = sink.write({ topic: TOPIC, partition: PARTITION, after, records: batch });
      ready = sink.prepare(TOPIC, all[i + 1] ?? [], PARTITION);
      after = await writing;
    }
    await ready;
  },
  'COPY to a staging table, INSERT … ON CONFLICT': async () => {
    const insert = `INSERT INTO fineprint.analytics_events (${names}) SELECT ${names} FROM staged ON CONFLICT DO NOTHING`;
    for (const batch of batches(rows)) await copyInto('staged', batch, insert);
  },
  'INSERT … SELECT unnest … ON CONFLICT': async () => {
    for (const batch of batches(rows.map((_, i) => i))) await insertUnnested(batch);
  },
};

const users = [...new Map(rows.map((r) => [r.user?.id, r.user])).values()].flatMap((u) => u ?? []);
await createPostgresStore(pool).addUsers(users);
const tookMs = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, run] of Object.entries(ways)) {
    await pool.query('TRUNCATE fineprint.analytics_events, fineprint.loader_offsets');
    await pool.query('CHECKPOINT');
    const startMs = performance.now();
    await run();
    if (round > 0) tookMs.get(name)?.push(performance.now() - startMs); // the first one warms up
    const { rows: counted } = await pool.query('SELECT count(*)::int AS n FROM fineprint.analytics_events');
    if (counted[0].n !== ROWS) throw new Error(`${name} stored ${counted[0].n} of ${ROWS} rows`);
  }
}
const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;
const plainMs = median(tookMs.get('plain COPY') ?? []);
for (const [name, all] of tookMs) {
  const ms = median(all);
  const perSecond = Math.round(ROWS / (ms / 1_000)).toLocaleString('en-US');
  process.stdout.write(`${name}: ${perSecond} rows/s, ${(plainMs / ms).toFixed(2)} of plain COPY\n`);
}
await pool.end();
await stack.down();
