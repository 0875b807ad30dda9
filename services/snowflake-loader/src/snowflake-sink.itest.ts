import { randomInt, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { AiMetric, ProductEvent } from '@fineprint/schemas';
import { latestSchema } from '@fineprint/schemas';
import { createExclusiveSessions, type ExclusiveSessions, openSession } from '@fineprint/snowflake';
import { useTestSnowflake } from '@fineprint/snowflake-emulator/testing';
import {
  createRecordDecoder,
  createRecordEncoder,
  PoisonError,
  parseWire,
  recordIdOf,
  type SinkRecord,
  systemClock,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFilesIn } from './load-file.ts';
import { createSnowflakeSink } from './snowflake-sink.ts';
import { LOADER_SESSION, loadSessions } from './sql-session.ts';
import { type FaultProxy, startFaultProxy } from './testing/fault-proxy.ts';

const snowflake = await useTestSnowflake();
const TOPIC = 'product.events.clean';
const STATEMENT_TIMEOUT_MS = 30_000;
const registry = createMemoryRegistry();
registry.add(latestSchema('ProductEvent').schema);
registry.add(latestSchema('AiMetric').schema);
const decoder = createRecordDecoder(registry, () => Date.now());
/** Partition numbers of other tests, and of other runs on a real account, are theirs. */
let partition = randomInt(1_000_000, 1_000_000_000);
let encode: (event: ProductEvent) => Buffer;
let encodeMetric: (metric: AiMetric) => Buffer;
let sessions: ExclusiveSessions;
const opened: ExclusiveSessions[] = [];

function openSessions(accessUrl?: string, statementTimeoutMs = STATEMENT_TIMEOUT_MS): ExclusiveSessions {
  if (snowflake === undefined) throw new Error('not run without a Snowflake');
  const settings = accessUrl === undefined ? snowflake.settings : { ...snowflake.settings, accessUrl };
  const made = createExclusiveSessions(() =>
    openSession(settings, { statementTimeoutMs, prepare: LOADER_SESSION }),
  );
  opened.push(made);
  return made;
}

const sinkOf = async (records: readonly SinkRecord[], own = sessions) => {
  const sink = createSnowflakeSink({
    sessions: loadSessions(own),
    decoder,
    clock: systemClock,
    random: Math.random,
    writeFile: loadFilesIn(tmpdir()),
  });
  await sink.prepare(TOPIC, records, 0);
  return sink;
};

const rowOf = (offset: number, value: Buffer, timestampMs = Date.UTC(2026, 10, 23)): SinkRecord => {
  const wire = parseWire(value);
  if (wire === null) throw new Error('not framed');
  const input = { offset, timestampMs, key: null, value, headers: {} };
  return { input, ...wire, sourceOffset: offset * 2, id: recordIdOf(value) };
};

const rows = (from: number, count: number, change: Partial<ProductEvent> = {}): SinkRecord[] =>
  Array.from({ length: count }, (_, i) =>
    rowOf(from + i, encode(sampleProductEvent({ event_id: randomUUID(), ...change }))),
  );

const ask = <T extends object>(sql: string, binds: (string | number)[]) =>
  sessions.use('test', (session) => session.rows<T>(sql, binds));

async function stored(): Promise<number[]> {
  const found = await ask<{ at: number }>(
    'SELECT _offset AS at FROM product_events WHERE _topic = ? AND _partition = ? ORDER BY 1',
    [TOPIC, partition],
  );
  return found.map((r) => Number(r.at));
}

const staged = () =>
  ask<{ name: string }>('LIST @load_files', []).then((files) =>
    files.map((f) => f.name).filter((name) => name.includes(`/${partition}/`)),
  );

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe.skipIf(snowflake === undefined)('Snowflake sink', () => {
  beforeAll(async () => {
    const encoder = await createRecordEncoder(registry, [TOPIC, 'ai.metrics']);
    encode = (event) => encoder.encode(TOPIC, event);
    encodeMetric = (metric) => encoder.encode('ai.metrics', metric);
    sessions = openSessions();
  });
  afterAll(() => Promise.all(opened.map((s) => s.close())));

  it('stores a file and says where it stands, afterwards and after a restart; nothing stays on the stage', async () => {
    partition++;
    const records = rows(0, 200);
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    expect(after).toEqual({ nextOffset: null, sourceOffset: null });
    const stands = { nextOffset: 200, sourceOffset: 398 };
    expect(await sink.write({ topic: TOPIC, partition, after, records })).toEqual(stands);
    expect(await (await sinkOf([])).open(TOPIC, partition)).toEqual(stands);
    expect(await stored()).toEqual(upTo(200));
    expect(await staged()).toEqual([]);
    const held = await sink.holdings(TOPIC, partition, 190, 210);
    expect([held.offsets?.size, held.sourceOffsetBefore]).toEqual([10, 378]);
  });

  it('stores once what is sent again, and what a writer with an old view sends', async () => {
    partition++;
    const records = rows(0, 20);
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    await sink.write({ topic: TOPIC, partition, after, records });
    await sink.write({ topic: TOPIC, partition, after, records });
    const stale = await sink.write({ topic: TOPIC, partition, after, records: rows(0, 35) });
    expect(stale.nextOffset).toBe(20);
    expect(await stored()).toEqual(upTo(20));
  });

  it('keeps one of two writers that start from the same place, and tells the other', async () => {
    const other = openSessions();
    for (let round = 0; round < 2; round++) {
      partition++;
      const [small, large] = [rows(0, 20), rows(0, 35)];
      const [a, b] = [await sinkOf(small), await sinkOf(large, other)];
      const [after] = await Promise.all([a.open(TOPIC, partition), b.open(TOPIC, partition)]);
      const [x, y] = await Promise.all([
        a.write({ topic: TOPIC, partition, after, records: small }),
        b.write({ topic: TOPIC, partition, after, records: large }),
      ]);
      expect([20, 35]).toContain(x.nextOffset);
      expect(y).toEqual(x);
      expect(await stored()).toEqual(upTo(x.nextOffset ?? 0));
    }
  });

  it('refuses a file whole where a row does not fit, and takes the others', async () => {
    partition++;
    // The year 20000: Avro has it, Snowflake does not.
    const bad = rowOf(
      2,
      encode(sampleProductEvent({ event_id: randomUUID(), event_time: 568_971_820_800_000 })),
    );
    const records = [...rows(0, 2), bad, ...rows(3, 2)];
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    const write = sink.write({ topic: TOPIC, partition, after, records });
    await expect(write).rejects.toThrow(PoisonError);
    await expect(write).rejects.toMatchObject({ code: 'store_refused' });
    expect(await stored()).toEqual([]);
    const good = records.filter((r) => r !== bad);
    expect(await sink.write({ topic: TOPIC, partition, after, records: good })).toMatchObject({
      nextOffset: 5,
    });
    expect(await stored()).toEqual([0, 1, 3, 4]);
  });

  it('fills a gap once, by several at once, and stands where it stood', async () => {
    partition++;
    const all = rows(0, 6);
    const gap = all[4];
    if (gap === undefined) throw new Error('no record');
    const sink = await sinkOf(all);
    const after = await sink.open(TOPIC, partition);
    const stands = await sink.write({
      topic: TOPIC,
      partition,
      after,
      records: all.filter((r) => r !== gap),
    });
    expect(await sink.holds(TOPIC, partition, gap)).toBe(false);
    const zombie = await sinkOf(all, openSessions());
    const both = await Promise.all([sink, zombie].map((s) => s.restore(TOPIC, partition, gap)));
    expect(both.sort()).toEqual(['held', 'stored']);
    const twin = rowOf(9, gap.input.value ?? Buffer.alloc(0));
    expect(await sink.restore(TOPIC, partition, twin)).toBe('held');
    expect(await stored()).toEqual(upTo(6));
    expect(await sink.open(TOPIC, partition)).toEqual(stands);
  });

  it('finds a lost position again from the rows', async () => {
    partition++;
    const records = rows(0, 7);
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    await sink.write({ topic: TOPIC, partition, after, records });
    await sessions.use('test', async (session) => {
      await session.rows('DELETE FROM load_positions WHERE partition_no = ?', [partition]);
      await session.rows('COMMIT');
    });
    expect(await sink.open(TOPIC, partition)).toEqual({ nextOffset: 7, sourceOffset: 12 });
  });

  it('keeps every typed field as it was', async () => {
    partition++;
    const event = sampleProductEvent({
      event_id: randomUUID().toUpperCase(),
      kind: 'conversion',
      event_time: 1_600_000_000_123,
      conversion_value: 29.99,
      step_order: 3,
      flags: ['future_time'],
      properties: '{"plan":"pro – ünï",\n"n":12345678901234567890}',
      page_title: '',
      context: 'no json',
      user_id: null,
    });
    const records = [rowOf(0, encode(event))];
    const sink = await sinkOf(records);
    await sink.write({ topic: TOPIC, partition, after: await sink.open(TOPIC, partition), records });
    const [row] = await ask<Record<string, unknown>>(
      'SELECT *, properties:plan::VARCHAR AS plan, properties:n::VARCHAR AS n FROM product_events WHERE _partition = ?',
      [partition],
    );
    expect(new Date(row?.['event_time'] as Date).getTime()).toBe(1_600_000_000_123);
    expect(row).toMatchObject({
      event_id: event.event_id.toLowerCase(),
      kind: 'conversion',
      conversion_value: 29.99,
      step_order: 3,
      flags: ['future_time'],
      plan: 'pro – ünï',
      n: '12345678901234567890',
      page_title: '',
      context: 'no json',
      user_id: null,
      _topic: TOPIC,
      _source_offset: 0,
    });
  });

  it('keeps the newest snapshot of each key, whatever comes after it', async () => {
    partition++;
    const model = randomUUID();
    const metric = (offset: number, asOf: number, requests: number) =>
      rowOf(offset, encodeMetric(metricOf(model, asOf, requests)));
    const sink = await sinkOf([metric(0, 1, 1)]);
    const newest = async () => {
      const found = await ask<{ requests: number }>('SELECT requests FROM ai_metrics WHERE model_name = ?', [
        model,
      ]);
      return found.map((r) => Number(r.requests));
    };
    let after = await sink.open('ai.metrics', partition);
    const write = async (...records: SinkRecord[]) => {
      after = await sink.write({ topic: 'ai.metrics', partition, after, records });
      return newest();
    };
    expect(await write(metric(0, 10, 1), metric(1, 20, 2), metric(2, 15, 9))).toEqual([2]);
    expect(await write(metric(3, 12, 7))).toEqual([2]);
    expect(await write(metric(4, 30, 3))).toEqual([3]);
    expect(after.nextOffset).toBe(5);
    expect((await sink.holdings('ai.metrics', partition, 0, 5)).offsets).toBeNull();
  });
});

describe.skipIf(snowflake?.isEmulator !== true)('Snowflake sink on a bad day', () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startFaultProxy(snowflake?.settings.accessUrl ?? '');
  });
  afterAll(() => proxy?.close());

  it.each([
    ['COPY', 0],
    ['COMMIT', 15],
  ])('stores once when the answer to %s is lost', async (statement, heldThen) => {
    partition++;
    const records = rows(0, 15);
    const sink = await sinkOf(records, openSessions(proxy.url, 1_500));
    const after = await sink.open(TOPIC, partition);
    let lost = 0;
    proxy.decide((sql) => (lost < 1 && sql.startsWith(statement) && ++lost === 1 ? 'lose-answer' : 'pass'));
    const write = () => sink.write({ topic: TOPIC, partition, after, records });
    await expect(write()).rejects.toMatchObject({ code: 'unavailable', retriable: true });
    expect(await stored()).toHaveLength(heldThen);
    expect(await write()).toMatchObject({ nextOffset: 15 });
    expect(await stored()).toEqual(upTo(15));
    await sink.open(TOPIC, partition);
    expect(await staged()).toEqual([]);
  });

  it('says that the warehouse is suspended, and goes on when it is not', async () => {
    partition++;
    const records = rows(0, 3);
    const sink = await sinkOf(records, openSessions(proxy.url));
    const after = await sink.open(TOPIC, partition);
    proxy.decide((sql) => (sql.startsWith('COPY') ? { refuse: '000606' } : 'pass'));
    const write = () => sink.write({ topic: TOPIC, partition, after, records });
    await expect(write()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('AUTO_RESUME'),
    });
    proxy.decide(() => 'pass');
    expect(await write()).toMatchObject({ nextOffset: 3 });
    expect(await stored()).toEqual(upTo(3));
  });
});

function metricOf(model: string, asOf: number, requests: number): AiMetric {
  const { fields } = latestSchema('AiMetric').schema as { fields: { name: string; type: unknown }[] };
  const zero = (type: unknown): unknown => {
    if (Array.isArray(type)) return null;
    const name = typeof type === 'object' && type !== null ? (type as { type: string }).type : type;
    return { string: '', map: {}, array: [] }[String(name)] ?? 0;
  };
  return {
    ...(Object.fromEntries(fields.map((f) => [f.name, zero(f.type)])) as unknown as AiMetric),
    model_name: model,
    model_version: '1',
    provider: '',
    experiment_id: '',
    variant: '',
    window_start: 1_700_000_000_000,
    segment: 0,
    as_of_offset: asOf,
    requests,
  };
}
