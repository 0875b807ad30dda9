import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaceProcess } from './testing/face-process.ts';

const face = new FaceProcess();

beforeAll(async () => {
  await face.start();
  await face.text('CREATE TABLE fineprint.facts (id UInt64) ENGINE = MergeTree ORDER BY id');
  await face.text('INSERT INTO fineprint.facts SELECT number FROM numbers(100)');
  await face.text('CREATE DATABASE secret');
  await face.text('CREATE TABLE secret.facts (id UInt64) ENGINE = MergeTree ORDER BY id');
});
afterAll(() => face.dispose());

describe('signing in', () => {
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${btoa(`${user}:${password}`)}`,
  });

  it.each([
    ['a wrong password', basic('admin', 'wrong')],
    ['an unknown user', basic('nobody', 'wrong')],
    ['an empty password', basic('admin', '')],
    ["the engine's own user", basic('default', '')],
    ["the engine's own user, by header", { 'x-clickhouse-user': 'default' }],
    ['an SQL injection for a name', basic("admin' OR '1'='1", 'x')],
    ['nobody at all', {}],
  ])('refuses %s', async (_, headers) => {
    const response = await fetch(face.url, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: 'SELECT 1',
    });
    expect([401, 403]).toContain(response.status);
    expect(['194', '516']).toContain(response.headers.get('x-clickhouse-exception-code'));
    expect(await response.text()).toMatch(/\((AUTHENTICATION_FAILED|REQUIRED_PASSWORD)\)/);
  });

  it('answers a wrong password as the server does', async () => {
    const response = await fetch(face.url, {
      method: 'POST',
      headers: basic('admin', 'wrong'),
      body: 'SELECT 1',
    });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([403, '516']);
  });

  it('lets in a user configured without a password', async () => {
    expect(await face.text('SELECT currentUser()', { user: 'open' })).toBe('open\n');
  });
});

describe('a read-only user', () => {
  it('reads its database and what describes it', async () => {
    expect(await face.text('SELECT count() FROM facts', { user: 'analyst' })).toBe('100\n');
    expect(await face.text('SHOW DATABASES', { user: 'analyst' })).not.toContain('secret');
    expect(await face.text('SELECT count() FROM system.columns', { user: 'analyst' })).not.toBe('0\n');
    expect(await face.text('SELECT sum(rows) FROM system.parts', { user: 'analyst' })).toBe('100\n');
    expect(await face.text('SELECT * FROM information_schema.tables', { user: 'analyst' })).toContain(
      'facts',
    );
  });

  it.each([
    'INSERT INTO facts VALUES (1)',
    'CREATE TABLE mine (id UInt8) ENGINE = Memory',
    'CREATE TEMPORARY TABLE mine (id UInt8)',
    'DROP TABLE facts',
    'TRUNCATE TABLE facts',
    'ALTER TABLE facts DELETE WHERE 1',
    'OPTIMIZE TABLE facts',
    'SET readonly = 0',
    'SET max_threads = 1',
    'SELECT 1 SETTINGS max_memory_usage = 0',
    'SELECT * FROM secret.facts',
    "SELECT * FROM merge('secret', '.*')",
    "SELECT * FROM file('/etc/passwd', LineAsString)",
    'SELECT * FROM `/etc/passwd`',
    "SELECT file('/etc/passwd')",
    "SELECT file('/etc/passwd', NULL)",
    "SELECT f'ile' || file('passwd')",
    "SELECT * FROM filesystem('/etc')",
    "SELECT * FROM url('http://127.0.0.1:9/', LineAsString)",
    "SELECT * FROM s3('http://127.0.0.1:9/bucket/key', 'TSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM postgresql('127.0.0.1:9', 'd', 't', 'u', 'p')",
    "SELECT * FROM sqlite('/etc/passwd', 't')",
    "SELECT * FROM executable('ls', TSV, 'a String')",
    "SELECT * FROM facts INTO OUTFILE '/tmp/clickhouse-face-outfile'",
    "BACKUP TABLE facts TO File('/tmp/clickhouse-face-backup')",
    'SELECT * FROM system.users',
    'SELECT * FROM system.errors',
    'SHOW CREATE USER admin',
    'CREATE USER intruder',
    'GRANT ALL ON *.* TO analyst',
    'EXECUTE AS admin SELECT 1',
    'SYSTEM SHUTDOWN',
    'SYSTEM STOP LISTEN HTTP',
  ])('cannot %s', async (query) => {
    const response = await face.query(query, { user: 'analyst' });
    const text = await response.text();
    expect(response.status, text).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain('root:');
    expect(existsSync('/tmp/clickhouse-face-outfile')).toBe(false);
  });

  it('cannot change settings by URL, except the shape of the answer', async () => {
    const change = (parameters: Record<string, string>) =>
      face.query('SELECT 1', { user: 'analyst', parameters });
    expect((await change({ readonly: '0' })).status).toBeGreaterThanOrEqual(400);
    expect((await change({ max_memory_usage: '0' })).status).toBeGreaterThanOrEqual(400);
    expect((await change({ max_execution_time: '0' })).status).toBeGreaterThanOrEqual(400);
    expect((await change({ max_execution_time: '5' })).status).toBe(200);
    expect((await change({ output_format_json_quote_64bit_integers: '1', extremes: '1' })).status).toBe(200);
  });

  it('works with the stock client, compression and parameters', async () => {
    const client = face.client('analyst', { compression: { response: true } });
    const result = await client.query({
      query: 'SELECT count() AS n FROM facts WHERE id < {max:UInt64}',
      query_params: { max: 10 },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ n: 10 }]);
  });

  it('has the settings of its profile', async () => {
    const response = await face.query('SELECT number FROM numbers(11)', { user: 'limited' });
    expect(await response.text()).toContain('TOO_MANY_ROWS_OR_BYTES');
  });
});

describe('local files', () => {
  it.each(['admin', 'loader'] as const)('are shut for %s too', async (user) => {
    for (const query of [
      "SELECT file('/etc/passwd')",
      "INSERT INTO FUNCTION file('/tmp/x', TSV, 'a UInt8') VALUES (1)",
    ]) {
      expect((await face.query(query, { user })).ok).toBe(false);
    }
  });
});

describe('a user with databases', () => {
  it('writes there and nowhere else', async () => {
    await face.text('CREATE TABLE owned (id UInt8) ENGINE = MergeTree ORDER BY id', { user: 'loader' });
    await face.text('INSERT INTO owned VALUES (1)', { user: 'loader' });
    await face.text('DROP TABLE owned SYNC', { user: 'loader' });
    for (const query of [
      'INSERT INTO secret.facts VALUES (1)',
      'SELECT * FROM secret.facts',
      'CREATE DATABASE more',
    ]) {
      expect(await (await face.query(query, { user: 'loader' })).text()).toContain('(ACCESS_DENIED)');
    }
  });

  it('cannot make a table that reaches out of the server', async () => {
    for (const engine of [
      "URL('http://127.0.0.1:9/', TSV)",
      'File(TSV)',
      "PostgreSQL('h:1', 'd', 't', 'u', 'p')",
    ]) {
      const response = await face.query(`CREATE TABLE out (a String) ENGINE = ${engine}`, { user: 'loader' });
      expect(await response.text()).toContain('(ACCESS_DENIED)');
    }
  });
});
