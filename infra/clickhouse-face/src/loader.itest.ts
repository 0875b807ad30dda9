import type { Schema } from 'avsc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AvroCodec, avroContainer } from './testing/avro-container.ts';
import { EVENT_COLUMNS, EVENT_SCHEMA, EVENT_TABLE_COLUMNS, eventDatums } from './testing/events.ts';
import { FaceProcess } from './testing/face-process.ts';

const DEDUPLICATION =
  "non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'drop'";
const INPUT = `_topic String, _partition Int32, _offset Int64, event_id String, kind String,
  occurred_at DateTime64(3,''UTC''), user_id Nullable(String), page Nullable(String), value Nullable(Float64),
  occurred_or_null Nullable(DateTime64(3,''UTC'')), tags Array(String), properties Map(String, String)`;
const face = new FaceProcess();

/** On a connection of its own: one that is kept may have been closed while this process made a large body. */
const OWN = { connection: 'close' };
const run = (query: string, body?: string | Uint8Array, parameters: Record<string, string> = {}) =>
  face.text(query, { user: 'loader', parameters, headers: OWN, ...(body === undefined ? {} : { body }) });
const container = (datums: readonly Buffer[], codec: AvroCodec = 'null') =>
  new Uint8Array(avroContainer(EVENT_SCHEMA as unknown as Schema, datums, codec));
const token = (name: string) => ({
  insert_deduplication_token: name,
  deduplicate_blocks_in_dependent_materialized_views: '1',
});
const insertEvents = `INSERT INTO events (${EVENT_COLUMNS}) FORMAT Avro`;

beforeAll(() => face.start());
afterAll(() => face.dispose());

beforeEach(async () => {
  for (const name of ['events_by_kind', 'kinds', 'events']) await run(`DROP TABLE IF EXISTS ${name} SYNC`);
  await run(`CREATE TABLE events (${EVENT_TABLE_COLUMNS},
    PROJECTION offsets (SELECT _topic, _partition, max(_offset) GROUP BY _topic, _partition))
    ENGINE = MergeTree PARTITION BY toYYYYMM(occurred_at) ORDER BY (kind, occurred_at) SETTINGS ${DEDUPLICATION}`);
  await run(`CREATE TABLE kinds (kind LowCardinality(String), count AggregateFunction(count))
    ENGINE = AggregatingMergeTree ORDER BY kind SETTINGS ${DEDUPLICATION}`);
  await run(`CREATE MATERIALIZED VIEW events_by_kind TO kinds AS
    SELECT kind, countState() AS count FROM events GROUP BY kind`);
});

const counts = () => run('SELECT (SELECT count() FROM events), (SELECT countMerge(count) FROM kinds)');
const highest = () => run('SELECT _topic, _partition, max(_offset) FROM events GROUP BY ALL ORDER BY ALL');

describe('insert_deduplication_token', () => {
  it('stores a repeated block once, in the table, its projection and its views', async () => {
    const block = container(eventDatums(0, 1_000));
    await run(insertEvents, block, token('0-999'));
    await run(insertEvents, block, token('0-999'));
    expect(await counts()).toBe('1000\t1000\n');
    expect(await highest()).toBe('product.events.clean\t0\t999\n');
    expect(await run('EXPLAIN SELECT _partition, max(_offset) FROM events GROUP BY _partition')).toContain(
      'offsets',
    );
  });

  it('drops other content under a token seen before', async () => {
    await run(insertEvents, container(eventDatums(0, 1_000)), token('same'));
    await run(insertEvents, container(eventDatums(5_000, 7)), token('same'));
    expect(await counts()).toBe('1000\t1000\n');
  });

  it('keeps equal content under another token', async () => {
    await run(insertEvents, container(eventDatums(0, 10)), token('a'));
    await run(insertEvents, container(eventDatums(0, 10)), token('b'));
    expect(await counts()).toBe('20\t20\n');
  });

  it('works per table partition: a token is new where it was not seen', async () => {
    await run(`CREATE TABLE monthly (day Date) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY day
      SETTINGS ${DEDUPLICATION}`);
    await run('INSERT INTO monthly FORMAT CSV', '2026-01-01\n', token('t'));
    await run('INSERT INTO monthly FORMAT CSV', '2026-01-02\n2026-02-01\n', token('t'));
    expect(await run('SELECT arraySort(groupArray(day)) FROM monthly')).toBe("['2026-01-01','2026-02-01']\n");
  });
});

describe('INSERT … SELECT … FROM input() … FORMAT Avro', () => {
  const onlyNew = `INSERT INTO events (${EVENT_COLUMNS}) SELECT ${EVENT_COLUMNS} FROM input('${INPUT}')
    WHERE _offset > (SELECT max(_offset) FROM events WHERE _topic = 'product.events.clean' AND _partition = 0) FORMAT Avro`;

  it.each(['null', 'deflate', 'zstandard'] as const)(
    'takes 100,000 rows, codec %s, and then only later ones',
    async (codec) => {
      await run(
        'INSERT INTO events (_topic, _partition, _offset, occurred_at) VALUES',
        "('product.events.clean', 0, 9, 0)",
      );
      await run(onlyNew, container(eventDatums(0, 100_000), codec), token('first'));
      expect(await counts()).toBe('99991\t99991\n');
      await run(onlyNew, container(eventDatums(99_990, 20), codec), token('second'));
      expect(await counts()).toBe('100001\t100001\n');
      expect(await highest()).toBe('product.events.clean\t0\t100009\n');
      expect(await run('SELECT uniqExact(_offset) = count() FROM events')).toBe('1\n');
    },
  );

  it('honours the token too', async () => {
    const all = `INSERT INTO events (${EVENT_COLUMNS}) SELECT ${EVENT_COLUMNS} FROM input('${INPUT}') FORMAT Avro`;
    for (let time = 0; time < 2; time++) await run(all, container(eventDatums(0, 500)), token('selected'));
    expect(await counts()).toBe('500\t500\n');
  });
});

describe('Avro types', () => {
  it('become typed columns, value by value', async () => {
    await run(insertEvents, container(eventDatums(0, 2)));
    const rows = await run('SELECT * FROM events ORDER BY _offset FORMAT JSONEachRow');
    const common = {
      _topic: 'product.events.clean',
      _partition: 0,
      page: '/pricing?plan=team&period=year',
      properties: { browser: 'firefox', experiment: 'checkout-v2' },
    };
    expect(
      rows
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row)),
    ).toEqual([
      {
        ...common,
        _offset: 0,
        event_id: '018f3c1e-7b2a-7c3d-8e4f-000000000000',
        kind: 'TRACK',
        occurred_at: '2026-01-31 23:59:59.123',
        user_id: null,
        value: null,
        occurred_or_null: null,
        tags: ['web', 't0'],
      },
      {
        ...common,
        _offset: 1,
        event_id: '018f3c1e-7b2a-7c3d-8e4f-000000000001',
        kind: 'IDENTIFY',
        occurred_at: '2026-01-31 23:59:59.124',
        user_id: 'user-1',
        value: 0.125,
        occurred_or_null: '2026-01-31 23:59:59.124',
        tags: ['web', 't1'],
      },
    ]);
  });

  it('an enum goes to Enum8 by name, a null to a default, a missing field too if allowed', async () => {
    await run(`CREATE TABLE other (kind Enum8('PAGE_VIEW' = 1, 'IDENTIFY' = 2, 'TRACK' = 9), user_id String,
      added String DEFAULT 'new') ENGINE = Memory`);
    const datums = container(eventDatums(0, 2));
    await expect(run('INSERT INTO other FORMAT Avro', datums)).rejects.toThrow('THERE_IS_NO_COLUMN');
    await run('INSERT INTO other FORMAT Avro', datums, { input_format_avro_allow_missing_fields: '1' });
    expect(await run('SELECT * FROM other ORDER BY user_id')).toBe('TRACK\t\tnew\nIDENTIFY\tuser-1\tnew\n');
  });

  it('a cut or foreign body is an error and stores nothing', async () => {
    const whole = container(eventDatums(0, 5_000));
    await expect(run(insertEvents, whole.subarray(0, whole.length / 2))).rejects.toThrow('avro::Exception');
    await expect(run(insertEvents, 'not Avro at all')).rejects.toThrow('avro::Exception');
    expect(await counts()).toBe('0\t0\n');
  });

  it('many partitions: one part for each month', async () => {
    await run(
      `CREATE TABLE months (day Date, id UInt32) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY id`,
    );
    await run(
      "INSERT INTO months SELECT toDate('2020-01-15') + INTERVAL number % 60 MONTH, number FROM numbers(60000)",
    );
    expect(
      await run("SELECT uniq(partition), sum(rows) FROM system.parts WHERE table = 'months' AND active"),
    ).toBe('60\t60000\n');
  });
});

describe('binary formats', () => {
  it.each([
    'Avro',
    'RowBinary',
    'RowBinaryWithNamesAndTypes',
    'Native',
    'Parquet',
    'ArrowStream',
    'JSONEachRow',
    'CSVWithNames',
  ])('%s goes out and comes back equal', async (format) => {
    await run(`CREATE OR REPLACE TABLE copied (id UInt32, text String, at DateTime64(3, 'UTC'), list Array(String))
        ENGINE = MergeTree ORDER BY id`);
    const source = `SELECT toUInt32(number) AS id, concat('t\\'"\\n', toString(number)) AS text,
        toDateTime64(number, 3, 'UTC') AS at, [text, ''] AS list FROM numbers(1000)`;
    const response = await face.query(`${source} FORMAT ${format}`, { user: 'loader' });
    expect(response.headers.get('x-clickhouse-format')).toBe(format);
    await run(`INSERT INTO copied FORMAT ${format}`, new Uint8Array(await response.arrayBuffer()));
    const hash = (from: string) => run(`SELECT count(), sum(cityHash64(id, text, at, list)) FROM ${from}`);
    expect(await hash('copied')).toBe(await hash(`(${source})`));
  });
});
