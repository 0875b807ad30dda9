import { request } from 'node:http';
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaceProcess, PASSWORD } from './testing/face-process.ts';

const face = new FaceProcess();

beforeAll(async () => {
  await face.start();
  await face.text('CREATE TABLE fineprint.lines (id UInt64, text String) ENGINE = MergeTree ORDER BY id');
});
afterAll(() => face.dispose());

describe('endpoints', () => {
  it('answers health checks without a user', async () => {
    expect(await (await fetch(`${face.url}/ping`)).text()).toBe('Ok.\n');
    expect(await (await fetch(`${face.url}/replicas_status`)).text()).toBe('Ok.\n');
  });

  it('runs a query from the URL, from the body, and from both', async () => {
    expect(await face.text('SELECT 1 + 1')).toBe('2\n');
    expect(await face.text('SELECT ', { body: '40 + 2' })).toBe('42\n');
    await face.text('INSERT INTO fineprint.lines FORMAT CSV', { body: '1,from the body\n' });
    expect(await face.text('SELECT text FROM fineprint.lines WHERE id = 1')).toBe('from the body\n');
  });

  it('lets GET only read', async () => {
    const url = new URL(face.url);
    url.search = new URLSearchParams({
      user: 'admin',
      password: PASSWORD,
      query: 'CREATE DATABASE got',
    }).toString();
    const response = await fetch(url);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).toContain('(READONLY)');
  });
});

describe('headers and parameters', () => {
  it('sends what clients look for', async () => {
    const response = await face.query('SELECT 1', {
      parameters: { query_id: 'my-query', default_format: 'JSON' },
    });
    const header = (name: string) => response.headers.get(`x-clickhouse-${name}`);
    expect(header('query-id')).toBe('my-query');
    expect(header('format')).toBe('JSON');
    expect(header('timezone')).toBeTruthy();
    expect(header('server-display-name')).toBe('fineprint');
    expect(JSON.parse(header('summary') ?? '')).toMatchObject({ read_rows: '1' });
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  it('takes user, database and format from X-ClickHouse headers', async () => {
    const headers = {
      'x-clickhouse-user': 'admin',
      'x-clickhouse-key': PASSWORD,
      'x-clickhouse-database': 'system',
      'x-clickhouse-format': 'CSV',
    };
    const response = await fetch(face.url, {
      method: 'POST',
      headers,
      body: 'SELECT currentUser(), currentDatabase()',
    });
    expect(await response.text()).toBe('"admin","system"\n');
  });

  it('takes any setting as a parameter and refuses an unknown one', async () => {
    const parameters = { max_block_size: '7' };
    expect(await face.text("SELECT getSetting('max_block_size')", { parameters })).toBe('7\n');
    const unknown = await face.query('SELECT 1', { parameters: { no_such_setting: '1' } });
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('x-clickhouse-exception-code')).toBe('115');
  });

  it('keeps a session: temporary tables and settings', async () => {
    const parameters = { session_id: 'session-1' };
    await face.text('CREATE TEMPORARY TABLE kept (x UInt8)', { parameters });
    await face.text('INSERT INTO kept VALUES (7)', { parameters });
    await face.text('SET max_block_size = 11', { parameters });
    expect(await face.text("SELECT x, getSetting('max_block_size') FROM kept", { parameters })).toBe(
      '7\t11\n',
    );
    expect((await face.query('SELECT * FROM kept', { parameters: { session_id: 'other' } })).status).toBe(
      404,
    );
  });

  it.each([`it's`, `'; DROP TABLE fineprint.lines; --`, '\\\\', 'tab\\there', '`"\\\'', '{x:String}'])(
    'binds a query parameter as data: %s',
    async (escaped) => {
      // The client escapes tab, newline and backslash as in TSV; all else is the value itself.
      const value = escaped.replaceAll('\\t', '\t').replaceAll('\\\\', '\\').replaceAll("\\'", "'");
      expect(await face.text('SELECT {x:String} FORMAT RawBLOB', { parameters: { param_x: escaped } })).toBe(
        value,
      );
      expect(await face.text('SELECT count() > 0 FROM fineprint.lines')).toBe('1\n');
    },
  );
});

describe('compression', () => {
  const encoders = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

  it.each(Object.entries(encoders))('reads %s bodies', async (encoding, compress) => {
    const headers = { 'content-encoding': encoding };
    const body = new Uint8Array(compress('SELECT sum(number) FROM numbers(10)'));
    expect(await face.text('', { body, headers })).toBe('45\n');
  });

  const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };

  it.each(Object.entries(decoders))('answers %s when asked', async (encoding, decompress) => {
    const { headers, body } = await rawAnswer('SELECT number FROM numbers(1000)', encoding);
    expect(headers['content-encoding']).toBe(encoding);
    expect(decompress(body).toString().split('\n')).toHaveLength(1001);
  });

  function rawAnswer(
    query: string,
    encoding: string,
  ): Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
    const path = `/?${new URLSearchParams({ query, enable_http_compression: '1' })}`;
    const headers = {
      'accept-encoding': encoding,
      'x-clickhouse-user': 'admin',
      'x-clickhouse-key': PASSWORD,
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${face.url}${path}`, { headers }, async (response) => {
        resolve({ headers: response.headers, body: Buffer.concat(await response.toArray()) });
      });
      sent.on('error', reject).end();
    });
  }
});

describe('exceptions', () => {
  it.each([
    ['SELECT x FROM nowhere', 404, '60', '(UNKNOWN_TABLE)'],
    ['SELEC 1', 400, '62', '(SYNTAX_ERROR)'],
    ['SELECT nope(1)', 404, '46', '(UNKNOWN_FUNCTION)'],
    ["SELECT toUInt8('x')", 400, '6', '(CANNOT_PARSE_TEXT)'],
    ['SELECT throwIf(1)', 500, '395', '(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)'],
  ])('%s answers as a server does', async (query, status, code, name) => {
    const response = await face.query(query);
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([status, code]);
    const text = await response.text();
    expect(text).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: `));
    expect(text).toContain(name);
  });

  it('breaks the stream when a query fails after its answer has begun', async () => {
    const query =
      'SELECT number, throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_block_size = 65536';
    const response = await face.query(query);
    expect(response.status).toBe(200);
    const outcome = await response.text().catch((error: unknown) => String(error));
    expect(outcome).toMatch(/terminated|DB::Exception/);
  });

  it('reports the same failure in full with wait_end_of_query', async () => {
    const query =
      'SELECT number, throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_block_size = 65536';
    const response = await face.query(query, { parameters: { wait_end_of_query: '1' } });
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('Code: 395');
  });
});
