import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { createQueryProxy, type QueryProxy } from './query-proxy.ts';

let gateway: TestGateway;
let upstream: Server;
let proxy: QueryProxy;

async function start(listener: RequestListener, maxInFlight = 10): Promise<void> {
  upstream = createServer(listener);
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  proxy = createQueryProxy({ url, maxInFlight });
  gateway = await startTestGateway({ queryProxy: proxy });
}
afterEach(async () => {
  await gateway.close();
  proxy.close();
  upstream.closeAllConnections();
  upstream.close();
});

describe('reads through the gateway', () => {
  it('arrive as they were sent, and so does the answer', async () => {
    await start(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      res.writeHead(201, {
        'content-type': 'application/json',
        etag: '"x"',
        connection: 'close, x-hop',
        'x-hop': '1',
      });
      res.end(
        JSON.stringify([req.method, req.url, req.headers.authorization, Buffer.concat(chunks).toString()]),
      );
    });
    const response = await fetch(`${gateway.url}/api/v1/ai/experiments?a=1&b=%20`, {
      method: 'POST',
      headers: { authorization: 'Bearer fpa_x' },
      body: '{"id":"e"}',
    });
    expect(response.status).toBe(201);
    expect([response.headers.get('etag'), response.headers.get('x-hop')]).toEqual(['"x"', null]);
    expect(await response.json()).toEqual([
      'POST',
      '/api/v1/ai/experiments?a=1&b=%20',
      'Bearer fpa_x',
      '{"id":"e"}',
    ]);
  });

  it('stream, and end upstream when the reader goes away', async () => {
    const ended = vi.fn();
    await start((req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: 1\n\n');
      req.on('close', ended);
    });
    const reading = new AbortController();
    const response = await fetch(`${gateway.url}/api/v1/ai/real-time/m/1`, { signal: reading.signal });
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
    reading.abort();
    await vi.waitFor(() => expect(ended).toHaveBeenCalled());
  });

  it('end with the gateway, although a stream has no end', async () => {
    await start((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: 1\n\n');
    });
    const response = await fetch(`${gateway.url}/api/v1/ai/real-time/m/1`);
    proxy.endStreams();
    await expect(response.text()).rejects.toThrow();
  });

  it('say so when the query API is away, while events are taken', async () => {
    await start((_req, res) => res.end());
    upstream.close();
    upstream.closeAllConnections();
    const response = await fetch(`${gateway.url}/api/v1/ai/models`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toMatchObject({ code: 'query_api_unavailable' });
    const taken = await gateway.post('/api/v1/product/events', { event_name: 'x', user_id: 'u' });
    expect(taken.status).toBe(202);
  });

  it('are cut off where the query API was', async () => {
    await start((_req, res) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('half');
      setTimeout(() => res.destroy(), 10);
    });
    const response = await fetch(`${gateway.url}/api/v1/ai/models`);
    await expect(response.text()).rejects.toThrow();
  });

  it('are bounded in number', async () => {
    const waiting: (() => void)[] = [];
    await start((_req, res) => void waiting.push(() => res.end()), 1);
    const first = fetch(`${gateway.url}/api/v1/ai/models`);
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    const second = await fetch(`${gateway.url}/api/v1/ai/models`);
    expect(await second.json()).toMatchObject({ status: 503, code: 'overloaded' });
    waiting[0]?.();
    expect((await first).status).toBe(200);
  });

  it('leave the paths of events, and everything outside the API, to the gateway', async () => {
    const seen = vi.fn();
    await start((req, res) => {
      seen(req.url);
      res.end();
    });
    expect((await fetch(`${gateway.url}/api/v1/product/events`)).status).toBe(405);
    expect((await fetch(`${gateway.url}/api/v2/x`)).status).toBe(404);
    expect((await fetch(`${gateway.url}/docs`)).status).toBe(200);
    expect(seen).not.toHaveBeenCalled();
  });
});
