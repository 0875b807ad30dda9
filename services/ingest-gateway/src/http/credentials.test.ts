import { connect } from 'node:net';
import { keyForm } from '@fineprint/http-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeKeys } from '../keys/write-key.ts';
import { post, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import type { CorsOrigins } from './cors.ts';

const EVENTS = '/api/v1/product/events';
let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(() => gateway.close());

const as = (headers: Record<string, string>, path = EVENTS, body: unknown = { event: 'x' }) =>
  post(gateway.url + path, body, headers);
const basic = (user: string) => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;

describe('a write key is taken', () => {
  it.each([
    ['as bearer', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['as bearer in small letters', (key: string) => ({ authorization: `bearer ${key}` })],
    ['as the user of basic', (key: string) => ({ authorization: basic(key) })],
    ['as X-Write-Key', (key: string) => ({ 'x-write-key': key })],
  ])('%s', async (_name, headers) => {
    expect((await as(headers(gateway.key))).status).toBe(202);
  });

  it("from a beacon's address, envelope or event", async () => {
    const text = { 'content-type': 'text/plain' };
    const write_key = gateway.key;
    expect((await as(text, `${EVENTS}?write_key=${write_key}`)).status).toBe(202);
    expect((await as(text, EVENTS, JSON.stringify({ write_key, events: [{ event: 'x' }] }))).status).toBe(
      202,
    );
    expect((await as(text, EVENTS, JSON.stringify({ writeKey: write_key, event: 'x' }))).status).toBe(202);
    expect(await gateway.storedIn('product.events.raw')).toHaveLength(3);
  });
});

describe('nothing is written for', () => {
  it.each<[string, number, string, (key: string) => Record<string, string>, string?, unknown?]>([
    ['no key', 401, 'missing_credentials', () => ({})],
    ['a forged key', 401, 'invalid_credentials', () => ({ authorization: `Bearer ${writeKeys.generate()}` })],
    [
      'a key in other letter case',
      401,
      'invalid_credentials',
      (key) => ({ authorization: `Bearer ${flip(key)}` }),
    ],
    ['a cut key', 401, 'invalid_credentials', (key) => ({ authorization: `Bearer ${key.slice(0, -1)}` })],
    [
      'an API key, which reads',
      401,
      'invalid_credentials',
      () => ({ authorization: `Bearer ${keyForm('fpa_').generate()}` }),
    ],
    ['SQL for a key', 401, 'invalid_credentials', () => ({ 'x-write-key': "' OR '1'='1" })],
    ['an empty bearer', 401, 'invalid_credentials', () => ({ authorization: 'Bearer' })],
    ['another scheme', 401, 'invalid_credentials', (key) => ({ authorization: `Digest ${key}` })],
    [
      'two keys',
      401,
      'ambiguous_credentials',
      (key) => ({ authorization: `Bearer ${key}`, 'x-write-key': key }),
    ],
    ['a key in the address of JSON', 401, 'missing_credentials', () => ({}), '?write_key=KEY'],
    [
      'a key in header and address',
      401,
      'ambiguous_credentials',
      (key) => ({ 'x-write-key': key, 'content-type': 'text/plain' }),
      '?write_key=KEY',
    ],
    [
      'a key twice in the address',
      401,
      'ambiguous_credentials',
      () => ({ 'content-type': 'text/plain' }),
      '?write_key=KEY&writeKey=KEY',
    ],
    [
      'a key in header and body',
      401,
      'ambiguous_credentials',
      (key) => ({ 'x-write-key': key, 'content-type': 'text/plain' }),
      '',
      { write_key: 'KEY', events: [{ event: 'x' }] },
    ],
    ['a beacon without key', 401, 'missing_credentials', () => ({ 'content-type': 'text/plain' })],
    [
      'a beacon that is no JSON',
      401,
      'missing_credentials',
      () => ({ 'content-type': 'text/plain' }),
      '',
      'hello',
    ],
    [
      'a compressed beacon without key',
      401,
      'missing_credentials',
      () => ({ 'content-type': 'text/plain', 'content-encoding': 'gzip' }),
    ],
    ['a bad event without key', 401, 'missing_credentials', () => ({}), '', { nope: 1 }],
  ])('%s', async (_name, status, code, headers, query = '', body = { event: 'x' }) => {
    const text = JSON.stringify(body).replaceAll('KEY', gateway.key);
    const answer = await as(headers(gateway.key), EVENTS + query.replaceAll('KEY', gateway.key), text);
    expect(answer).toMatchObject({ status, body: { code } });
    if (status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await gateway.stored()).toEqual([]);
    expect(JSON.stringify(answer.body) + gateway.log.join()).not.toContain(gateway.key);
  });

  it('a header that is there twice, or holds CR, LF or NUL', async () => {
    const key = `Authorization: Bearer ${gateway.key}\r\n`;
    expect(await raw(`${key}${key}`)).toContain('"code":"ambiguous_credentials"');
    expect(await raw(`${key}X-A: b\rX-C: d\r\n`)).toContain('"code":"bad_request"');
    expect(await raw(`${key}X-A: b\u0000c\r\n`)).toContain('"code":"bad_request"');
    expect(await raw(`${key}Idempotency-Key: a\r\nIdempotency-Key: b\r\n`)).toContain(
      '"code":"invalid_idempotency_key"',
    );
    expect(await raw(`X-Long: ${'x'.repeat(20_000)}\r\n`)).toContain('"code":"headers_too_large"');
    expect(await gateway.stored()).toEqual([]);
  });

  it('a beacon without key that is larger than beacons are', async () => {
    const answer = await as({ 'content-type': 'text/plain' }, EVENTS, ' '.repeat(70_000));
    expect(answer).toMatchObject({ status: 413 });
  });

  it('a revoked key, once the keys were read again', async () => {
    expect((await as({ 'x-write-key': gateway.key })).status).toBe(202);
    gateway.keyStore.delete(gateway.key);
    await as({ 'x-write-key': writeKeys.generate() });
    expect(await as({ 'x-write-key': gateway.key })).toMatchObject({ status: 401 });
    expect(await gateway.stored()).toHaveLength(1);
  });
});

describe('pages', () => {
  const APP = 'https://app.example';
  const EVIL = 'https://evil.example';
  const restart = async (origins: CorsOrigins) => {
    await gateway.close();
    gateway = await startTestGateway({ origins });
  };
  const preflight = (origin: string) =>
    fetch(gateway.url + EVENTS, { method: 'OPTIONS', headers: { origin } });
  const allowed = (headers: Headers) => [
    headers.get('access-control-allow-origin'),
    headers.get('access-control-allow-methods'),
  ];

  it('may not send unless they were named; what is no page may', async () => {
    const refused = await as({ 'x-write-key': gateway.key, origin: APP });
    expect(refused).toMatchObject({ status: 403, body: { code: 'origin_not_allowed' } });
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    expect(refused.headers.get('vary')).toBe('Origin');
    const answer = await preflight(APP);
    expect([answer.status, ...allowed(answer.headers)]).toEqual([204, null, null]);
    expect((await as({ 'x-write-key': gateway.key })).status).toBe(202);
    expect(await gateway.stored()).toHaveLength(1);
  });

  it('may with the key that names their origin, as soon as the key is known', async () => {
    const key = gateway.addKey('site', [APP]);
    const answer = await as({ 'x-write-key': key, origin: APP });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(allowed((await preflight(APP)).headers)).toEqual([APP, 'POST, OPTIONS']);
    expect(allowed((await preflight(EVIL)).headers)).toEqual([null, null]);
    for (const bad of [
      { 'x-write-key': key, origin: EVIL },
      { 'x-write-key': gateway.key, origin: APP },
      { 'x-write-key': key, origin: 'null' },
    ])
      expect(await as(bad)).toMatchObject({ status: 403, body: { code: 'origin_not_allowed' } });
  });

  it('of configured origins may with keys that name none', async () => {
    await restart(new Set([APP]));
    const key = gateway.addKey('site', ['https://site.example']);
    const good = await as({ 'x-write-key': gateway.key, origin: APP });
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([202, APP]);
    expect((await as({ 'x-write-key': gateway.key, origin: EVIL })).status).toBe(403);
    expect((await as({ 'x-write-key': key, origin: APP })).status).toBe(403);
    const headers = (await preflight(APP)).headers;
    expect(headers.get('access-control-allow-headers')).toContain('x-write-key');
  });

  it('of every origin may where that is what was configured', async () => {
    await restart('*');
    const answer = await as({ 'x-write-key': gateway.key, origin: EVIL });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([202, '*']);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(allowed((await preflight(EVIL)).headers)).toEqual(['*', 'POST, OPTIONS']);
  });
});

const flip = (key: string) =>
  key.slice(0, 4) +
  [...key.slice(4)].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');

/** Sends bytes that fetch would not; answers all that comes back. */
function raw(headers: string): Promise<string> {
  const { port, hostname } = new URL(gateway.url);
  const body = '{"event":"x"}';
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(
      `POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
}
