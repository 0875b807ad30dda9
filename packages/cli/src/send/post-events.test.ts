import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createPostEvents } from './post-events.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = (url: string, signal = AbortSignal.timeout(5_000)) =>
  createPostEvents(url, 'fpk_key')('ai', ['{"a":1}', '{"b":2}'], signal);

test('one gzip request with the key; the answer comes back as it is', async () => {
  let seen: unknown;
  const url = await serve(async (req, res) => {
    const body = gunzipSync(await buffer(req)).toString();
    seen = [req.method, req.url, req.headers.authorization, req.headers['content-encoding'], body];
    res.writeHead(429, { 'retry-after': '2' }).end('{"code":"rate_limited"}');
  });
  expect(await post(url)).toEqual({
    kind: 'http',
    status: 429,
    retryAfter: '2',
    body: { code: 'rate_limited' },
  });
  expect(seen).toEqual(['POST', '/api/v1/ai/events/batch', 'Bearer fpk_key', 'gzip', '[{"a":1},{"b":2}]']);
});

test('nobody there, a connection cut: a network error, no exception', async () => {
  expect(await post('http://127.0.0.1:9')).toMatchObject({ kind: 'network' });
  const cutting = await serve((req) => req.socket.destroy());
  expect(await post(cutting)).toMatchObject({ kind: 'network' });
});

test('a page of a proxy is an answer without a body', async () => {
  const url = await serve((_, res) => res.writeHead(502).end('<h1>Bad Gateway</h1>'));
  expect(await post(url)).toEqual({ kind: 'http', status: 502, retryAfter: null, body: null });
});

test('an interrupted request rejects', async () => {
  const hanging = await serve(() => undefined);
  await expect(post(hanging, AbortSignal.timeout(50))).rejects.toThrow();
});
