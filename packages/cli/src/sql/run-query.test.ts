import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { runQuery } from './run-query.ts';

async function withServer<T>(listener: RequestListener, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

function collector() {
  const chunks: string[] = [];
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { out, text: () => chunks.join('') };
}

const target = (url: string) => ({ url, database: 'fineprint', username: 'analyst', password: 'pw' });
const ask = (url: string, out: Writable) =>
  runQuery(target(url), 'SELECT 1', 'CSV', out, AbortSignal.timeout(5_000));

test('the query, its format and who asks reach ClickHouse; the result comes through as it is', async () => {
  const { out, text } = collector();
  let asked: unknown;
  await withServer(
    (req, res) => {
      asked = [
        new URL(req.url ?? '', 'http://x').searchParams.get('default_format'),
        req.headers['x-clickhouse-user'],
      ];
      res.write('1\n');
      res.end('2\n');
    },
    (url) => ask(url, out),
  );
  expect(text()).toBe('1\n2\n');
  expect(asked).toEqual(['CSV', 'analyst']);
});

test('a refusal keeps its first line, with a hint', async () => {
  const body =
    'Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY) (version 26.7.1.1)\nmore';
  const asked = withServer(
    (_, res) => res.writeHead(500).end(body),
    (url) => ask(url, collector().out),
  );
  await expect(asked).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: 'Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)',
    fix: expect.stringContaining('--user fineprint'),
  });
});

const EXCEPTION =
  '\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 395. DB::Exception: boom. (THROWN)\n45 abcdefghijklmnop\r\n__exception__\r\n';

test('a query that fails in the middle of its result fails, though the status was 200; only rows are printed', async () => {
  const { out, text } = collector();
  const asked = withServer(
    (_, res) => res.end(`1\n2\n${EXCEPTION}`),
    (url) => ask(url, out),
  );
  await expect(asked).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: 'Code: 395. DB::Exception: boom. (THROWN)',
  });
  expect(text()).toBe('1\n2\n');
});

test('a result that is cut off fails', async () => {
  const asked = withServer(
    (_, res) => {
      res.write('1\n');
      setTimeout(() => res.destroy(), 50);
    },
    (url) => ask(url, collector().out),
  );
  await expect(asked).rejects.toThrow('broke off the result');
});

test('a large result arrives whole', async () => {
  const { out, text } = collector();
  const rows = Array.from({ length: 50_000 }, (_, i) => `${i}\n`).join('');
  await withServer(
    (_, res) => res.end(rows),
    (url) => ask(url, out),
  );
  expect(text()).toBe(rows);
});

test('nobody there: how to start the stack', async () => {
  await expect(ask('http://127.0.0.1:1', collector().out)).rejects.toMatchObject({
    code: 'STACK_NOT_RUNNING',
  });
});
