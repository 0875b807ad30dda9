import { afterEach, expect, it } from 'vitest';
import { type AdminServer, type Readiness, startAdminServer } from './admin-server.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

let server: AdminServer;
afterEach(() => server.close());

const start = async (ready: () => Readiness, token?: string) => {
  const metrics = createMetrics({ service: 'svc' });
  metrics.counter({ name: 'seen_total', help: 'Seen.' }).inc(3);
  const log = createLogger({ service: 'svc', level: 'silent' });
  server = await startAdminServer({
    host: '127.0.0.1',
    port: 0,
    token,
    health: () => ({ uptime_s: 1 }),
    ready,
    metrics,
    log,
  });
  return async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url + path, { headers });
    return { status: response.status, body: await response.text() };
  };
};

it('answers health, readiness and metrics', async () => {
  const get = await start(() => ({ ready: true, reasons: [] }));
  expect(await get('/health')).toEqual({ status: 200, body: '{"status":"ok","uptime_s":1}' });
  expect(await get('/ready')).toEqual({ status: 200, body: '{"ready":true,"reasons":[]}' });
  expect((await get('/metrics')).body).toContain('seen_total{service="svc"} 3');
  expect((await get('/x')).status).toBe(404);
});

it('says why it is not ready', async () => {
  const reasons = [{ code: 'kafka_unreachable', message: 'no broker answers' }];
  const get = await start(() => ({ ready: false, reasons }));
  expect(await get('/ready')).toEqual({ status: 503, body: JSON.stringify({ ready: false, reasons }) });
});

it('answers 500 where a check throws', async () => {
  const get = await start(() => {
    throw new Error('broken');
  });
  expect(await get('/ready')).toEqual({ status: 500, body: '{"code":"internal"}' });
});

it('with a token shows its inside to whoever brings it, and the rest only whether it is well', async () => {
  const reasons = [{ code: 'kafka_unreachable', message: 'no broker answers at kafka-1' }];
  const get = await start(() => ({ ready: false, reasons }), 's3cret');
  const mine = { authorization: 'Bearer s3cret' };
  expect(await get('/health')).toEqual({ status: 200, body: '{"status":"ok"}' });
  expect((await get('/health', mine)).body).toContain('uptime_s');
  expect(await get('/ready')).toEqual({
    status: 503,
    body: '{"ready":false,"reasons":[{"code":"kafka_unreachable"}]}',
  });
  expect((await get('/ready', mine)).body).toContain('no broker answers');
  expect(await get('/metrics')).toEqual({ status: 401, body: '{"code":"admin_token_required"}' });
  expect((await get('/metrics', { authorization: 'Bearer other' })).status).toBe(401);
  expect((await get('/metrics', mine)).body).toContain('seen_total');
});

it('every answer tells browsers to keep out', async () => {
  await start(() => ({ ready: true, reasons: [] }));
  for (const path of ['/health', '/ready', '/metrics', '/x']) {
    const { headers } = await fetch(server.url + path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  }
});
