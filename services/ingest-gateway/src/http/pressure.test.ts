import { StreamError } from '@fineprint/stream-runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { createKafkaSink } from '../sink/kafka-sink.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../testing/test-gateway.ts';

const EVENTS = '/api/v1/product/events';
let gateway: TestGateway;
afterEach(() => gateway.close());

const start = async (options: TestGatewayOptions) => {
  gateway = await startTestGateway(options);
  return (body: unknown = { event: 'x' }) => gateway.post(EVENTS, body);
};
const writer = (write: () => Promise<void>) =>
  createKafkaSink({ write, queuedBytes: () => 0, close: async () => undefined }, { ackTimeoutMs: 50 }).write;

describe('503 with Retry-After', () => {
  it.each([
    ['overloaded', writer(() => Promise.reject(new StreamError('overloaded', 'full')))],
    ['kafka_unavailable', writer(() => Promise.reject(new StreamError('write_failed', 'down')))],
    ['kafka_unavailable', writer(() => new Promise(() => undefined))],
    ['shutting_down', writer(() => Promise.reject(new StreamError('closed', 'closed')))],
  ])('%s', async (code, write) => {
    const send = await start({ write });
    const answer = await send();
    expect(answer).toMatchObject({ status: 503, body: { code } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('where a bad event cannot be recorded either', async () => {
    const send = await start({
      write: writer(() => Promise.reject(new StreamError('write_failed', 'down'))),
    });
    expect(await send({ nope: 1 })).toMatchObject({ status: 503 });
    expect(await send('{')).toMatchObject({ status: 503 });
  });

  it('before Kafka or the registry have answered', async () => {
    const send = await start({ backendAway: true });
    expect(await send()).toMatchObject({ status: 503, body: { code: 'kafka_unavailable' } });
  });

  it('when requests together hold too much', async () => {
    const send = await start({ maxInFlightBytes: 1_000 });
    expect(await send({ event: 'x', properties: { a: 'y'.repeat(2_000) } })).toMatchObject({
      status: 503,
      body: { code: 'overloaded' },
    });
    expect((await send()).status).toBe(202);
  });
});

it('500 for what is our fault, with an instance that the log names too, and nothing of the event', async () => {
  const send = await start({
    write: async () => {
      throw new TypeError('broken');
    },
  });
  const { status, body } = await send({ event: 'x', user_id: 'jane' });
  expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal' });
  const line = gateway.log.join();
  expect(line).toContain('broken');
  expect(line).toContain((body as unknown as { instance: string }).instance);
  expect(JSON.stringify(body)).not.toContain('broken');
  expect(line).not.toContain('jane');
});

it('429 with how long to wait, and nothing written', async () => {
  const send = await start({
    rateLimit: {
      eventsPerWindow: 100,
      consume: (_key, events) => (events > 2 ? { allowed: false, retryAfterMs: 1_200 } : { allowed: true }),
    },
  });
  expect((await send([{ event: 'a' }, { event: 'b' }])).status).toBe(202);
  const answer = await send([{ event: 'a' }, { event: 'b' }, { event: 'c' }]);
  expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(answer.headers.get('ratelimit-policy')).toBe('"events";q=100;w=1');
  expect(await gateway.stored()).toHaveLength(2);
});

describe('paths', () => {
  it('that are not there, methods that paths do not have, addresses that are none', async () => {
    await start({});
    const answer = async (path: string, method: string) => {
      const response = await fetch(gateway.url + path, { method });
      return {
        status: response.status,
        allow: response.headers.get('allow'),
        ...((await response.json()) as object),
      };
    };
    expect(await answer('/nope', 'GET')).toMatchObject({ status: 404, code: 'not_found' });
    expect(await answer(`${EVENTS}/`, 'POST')).toMatchObject({ status: 404 });
    expect(await answer('/api/v1/PRODUCT/events', 'POST')).toMatchObject({ status: 404 });
    expect(await answer(EVENTS, 'GET')).toMatchObject({ status: 405, allow: 'POST, OPTIONS' });
  });

  it('for operators and readers', async () => {
    await start({});
    for (const path of ['/health', '/ready', '/metrics', '/openapi.json', '/docs']) {
      const response = await fetch(gateway.url + path);
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
    }
  });
});

it('every answer carries the security headers, and metrics count it', async () => {
  const send = await start({});
  const answer = await send();
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(answer.headers.get('x-powered-by')).toBeNull();
  await send([{ event: 'a' }, { nope: 1 }]);
  await send('{');
  const text = await gateway.metricsText();
  expect(text).toContain('fineprint_gateway_events_accepted_total{route="product.events",service="test"} 2');
  expect(text).toContain('fineprint_gateway_events_rejected_total{code="malformed_json",service="test"} 1');
  expect(text).toContain(
    'fineprint_gateway_requests_total{route="product.events",status="202",service="test"} 2',
  );
});

it('while draining, answers and closes the connection', async () => {
  const send = await start({ draining: true });
  expect((await send()).headers.get('connection')).toBe('close');
});
