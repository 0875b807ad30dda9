import { afterEach, expect, it } from 'vitest';
import { type AdminServer, type Readiness, startAdminServer } from './admin-server.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

let server: AdminServer;
afterEach(() => server.close());

const start = async (ready: () => Readiness) => {
  const metrics = createMetrics({ service: 'svc' });
  metrics.counter({ name: 'seen_total', help: 'Seen.' }).inc(3);
  const log = createLogger({ service: 'svc', level: 'silent' });
  server = await startAdminServer({
    host: '127.0.0.1',
    port: 0,
    health: () => ({ uptime_s: 1 }),
    ready,
    metrics,
    log,
  });
  return async (path: string) => {
    const response = await fetch(server.url + path);
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
