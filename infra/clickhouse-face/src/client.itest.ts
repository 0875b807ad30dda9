import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaceProcess } from './testing/face-process.ts';

const MEBIBYTE = 1024 * 1024;
const LONG_QUERY = 'SELECT sum(sipHash64(number)) FROM numbers(100000000000) SETTINGS max_threads = 1';
const face = new FaceProcess();

beforeAll(() => face.start({ CLICKHOUSE_FACE_MAX_CONCURRENT_QUERIES: '8' }));
afterAll(() => face.dispose());

describe('the stock client', () => {
  it('pings, commands, inserts and queries', async () => {
    const client = face.client('loader', { compression: { request: true, response: true } });
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
    await client.command({
      query: 'CREATE TABLE basics (id UInt64, data JSON) ENGINE = MergeTree ORDER BY id',
    });
    const inserted = await client.insert({
      table: 'basics',
      values: [
        { id: 1, data: { plan: 'team', seats: 5 } },
        { id: 2, data: {} },
      ],
      format: 'JSONEachRow',
    });
    expect(inserted.summary).toMatchObject({ written_rows: '2' });
    const result = await client.query({ query: 'SELECT id, data.plan AS plan FROM basics ORDER BY id' });
    expect(await result.json()).toMatchObject({
      rows: 2,
      data: [
        { id: 1, plan: 'team' },
        { id: 2, plan: null },
      ],
    });
  });

  it('binds parameters of every kind', async () => {
    const query_params = {
      text: `O'Brien \\ "x" \n\t'; DROP TABLE basics`,
      list: ["a'b", 'c\\d'],
      map: { "k'": 'v"' },
      date: new Date(Date.UTC(2026, 1, 3, 4, 5, 6, 789)),
      nothing: null,
      table: 'basics',
    };
    const result = await face.client('loader').query({
      query: `SELECT {text:String} AS text, {list:Array(String)} AS list, {map:Map(String, String)} AS map,
        {date:DateTime64(3, 'UTC')} AS date, {nothing:Nullable(String)} AS nothing, count() AS n FROM {table:Identifier}`,
      query_params,
      format: 'JSONEachRow',
    });
    const expected = { ...query_params, date: '2026-02-03 04:05:06.789', n: 2, table: undefined };
    expect(await result.json()).toEqual([JSON.parse(JSON.stringify(expected))]);
  });

  it('gets typed errors', async () => {
    const error = await face
      .client('loader')
      .query({ query: 'SELECT * FROM missing' })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(error).toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
  });

  it('keeps a session', async () => {
    const client = face.client('loader', { session_id: 'client-session' });
    await client.command({ query: 'CREATE TEMPORARY TABLE mine (x UInt8)' });
    await client.insert({ table: 'mine', values: [{ x: 1 }], format: 'JSONEachRow' });
    const result = await client.query({ query: 'SELECT sum(x) AS x FROM mine', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ x: 1 }]);
  });
});

describe('streams', () => {
  it('sends 1,000,000 rows out, neither side holding them', async () => {
    const query = "SELECT number, repeat('x', 400) AS text FROM numbers(1000000)";
    const client = face.client('loader');
    const readAll = async (): Promise<number> => {
      const result = await client.query({ query, format: 'JSONEachRow' });
      let rows = 0;
      for await (const chunk of result.stream()) rows += chunk.length;
      return rows;
    };
    expect(await readAll()).toBe(1_000_000);
    // The engine's buffers are warm now; 430 MB more must not add to them.
    const before = face.rssBytes;
    expect(await readAll()).toBe(1_000_000);
    expect(face.rssBytes - before).toBeLessThan(200 * MEBIBYTE);
  });

  it('takes a 300 MB insert in, bounded', async () => {
    const client = face.client('loader');
    await client.command({ query: 'CREATE TABLE sink (id UInt64, text String) ENGINE = Null' });
    const before = face.rssBytes;
    const block = Buffer.from(`${JSON.stringify({ id: 1, text: 'x'.repeat(980) })}\n`.repeat(1_000));
    const body = Readable.toWeb(Readable.from(Array.from({ length: 300 }, () => block)));
    await face.text('INSERT INTO fineprint.sink FORMAT JSONEachRow', { body: body as ReadableStream });
    expect(face.rssBytes - before).toBeLessThan(300 * MEBIBYTE);
  });
});

describe('concurrency', () => {
  it('answers, inserts and pings while long queries run; KILL QUERY ends them', async () => {
    const long = [1, 2].map((n) => face.query(LONG_QUERY, { parameters: { query_id: `long-${n}` } }));
    await sleep(200);
    const startedMs = performance.now();
    expect((await fetch(`${face.url}/ping`)).ok).toBe(true);
    await face.text('INSERT INTO fineprint.basics (id) VALUES (3)');
    expect(await face.text("SELECT count() FROM system.processes WHERE query_id LIKE 'long-%'")).toBe('2\n');
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    await face.text("KILL QUERY WHERE query_id LIKE 'long-%' SYNC");
    for (const response of await Promise.all(long))
      expect(await response.text()).toContain('(QUERY_WAS_CANCELLED)');
  });

  it("cancels a read-only user's query when its client goes", async () => {
    const abort = new AbortController();
    const client = face.client('analyst');
    const running = client.query({
      query: LONG_QUERY.replace(/ SETTINGS.*/, ''),
      query_id: 'left',
      abort_signal: abort.signal,
    });
    const ended = running.catch(() => 'aborted');
    const count = () => face.text("SELECT count() FROM system.processes WHERE query_id = 'left'");
    await expect.poll(count, { timeout: 5_000 }).toBe('1\n');
    abort.abort();
    expect(await ended).toBe('aborted');
    await expect.poll(count, { timeout: 10_000 }).toBe('0\n');
  });

  it('refuses what is too much, with code 202', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => face.query('SELECT sleep(1.5)', { user: 'analyst' })),
    );
    const results = answers.map((answer) => answer.headers.get('x-clickhouse-exception-code') ?? 'ran');
    expect(results.filter((result) => result === '202')).toHaveLength(2);
    expect((await fetch(`${face.url}/ping`)).ok).toBe(true);
  });
});
