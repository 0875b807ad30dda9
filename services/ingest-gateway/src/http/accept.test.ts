import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examples } from '../docs/examples.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(() => gateway.close());

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PRODUCT = '/api/v1/product';

describe('every documented example is taken', () => {
  it.each([
    ['/events', 'track'],
    ['/identify', 'identify'],
    ['/pageview', 'page_view'],
    ['/funnel-step', 'funnel_step'],
    ['/conversion', 'conversion'],
    ['/engagement', 'engagement'],
  ] as const)('POST %s', async (path, kind) => {
    const { status, body } = await gateway.post(PRODUCT + path, examples[kind]);
    expect({ status, rejected: body.rejected }).toEqual({ status: 202, rejected: [] });
    expect(body.accepted).toEqual([{ index: 0, event_id: expect.stringMatching(UUID) }]);
    const [event] = await gateway.storedIn('product.events.raw');
    expect(event).toMatchObject({ kind, source: 'web', event_id: body.accepted[0]?.event_id, flags: [] });
  });

  it('POST /api/v1/ai/track-request', async () => {
    expect((await gateway.post('/api/v1/ai/track-request', examples.ai_request)).status).toBe(202);
    expect(await gateway.storedIn('ai.requests.raw')).toMatchObject([
      { model_name: 'legal-analysis-v2', total_tokens: 2300, cached_tokens: 0, success: true },
    ]);
  });

  it('POST /api/v1/ai/track-feedback', async () => {
    const { status, body } = await gateway.post('/api/v1/ai/track-feedback', examples.ai_feedback);
    expect({ status, rejected: body.rejected }).toEqual({ status: 202, rejected: [] });
    expect(await gateway.storedIn('ai.feedback.raw')).toMatchObject([
      { ...examples.ai_feedback, event_id: body.accepted[0]?.event_id, eval_scores: {}, source: 'web' },
    ]);
  });
});

describe('consent', () => {
  const CONSENT = '/api/v1/privacy/consent';

  it('is taken under its names, with its proof', async () => {
    const { status, body } = await gateway.post(CONSENT, examples.consent);
    expect({ status, rejected: body.rejected }).toEqual({ status: 202, rejected: [] });
    await gateway.post(CONSENT, [
      { userId: 'u', categories: { ai: false }, expiresAt: '2026-06-15T12:00:00Z', policyVersion: '2' },
    ]);
    const { proof, ...given } = examples.consent;
    expect(await gateway.storedIn('consent.updates')).toMatchObject([
      { ...given, properties: JSON.stringify(proof), expires_at: null, source: 'web' },
      { user_id: 'u', expires_at: Date.UTC(2026, 5, 15, 12), policy_version: '2', jurisdiction: null },
    ]);
  });

  it.each([
    [{ user_id: 'u' }, 'missing_field', '$.categories'],
    [{ categories: { analytics: true } }, 'missing_field', '$.user_id'],
    [{ user_id: 'u', categories: {} }, 'wrong_type', '$.categories'],
    [{ user_id: 'u', categories: { analytics: 'yes' } }, 'wrong_type', '$.categories.analytics'],
    [{ user_id: 'u', categories: [true] }, 'wrong_type', '$.categories'],
    [{ user_id: 'u', categories: { ai: true }, expires_at: 'soon' }, 'invalid_time', '$.expires_at'],
    [{ user_id: 'u', categories: { ai: true }, session_id: 's' }, 'unknown_field', '$.session_id'],
    [{ user_id: 'u', categories: { ai: true }, proof: 'x' }, 'wrong_type', '$.properties'],
    [{ user_id: 'a\nb', categories: { ai: true } }, 'invalid_value', '$.user_id'],
  ])('%j is refused: %s', async (given, code, path) => {
    const { status, body } = await gateway.post(CONSENT, given);
    expect([status, body.errors?.[0]]).toMatchObject([400, { code, path }]);
    expect(await gateway.storedIn('consent.updates')).toEqual([]);
  });

  it('the browser’s own word goes with every event', async () => {
    const event = { event_name: 'e', context: { page: { url: 'x' } } };
    await gateway.post(`${PRODUCT}/events`, event, { 'sec-gpc': '1' });
    await gateway.post('/api/v1/ai/track-request', examples.ai_request, { dnt: '1' });
    await gateway.post(`${PRODUCT}/events`, event);
    await fetch(`${gateway.url}${PRODUCT}/pixel.gif?write_key=${gateway.key}&event=x`, {
      headers: { 'sec-gpc': '1' },
    });
    expect((await gateway.storedIn('product.events.raw')).map((e) => e.context)).toEqual([
      '{"gpc":true,"page":{"url":"x"}}',
      '{"page":{"url":"x"}}',
      '{"gpc":true}',
    ]);
    expect((await gateway.storedIn('ai.requests.raw'))[0]?.context).toBe('{"dnt":true}');
  });
});

describe('AI requests and feedback in one batch', () => {
  const request_id = '01890A5D-AC96-774B-BCCE-B302099A8057';

  it('go to their topics, by kind; without one it is a request', async () => {
    const { status, body } = await gateway.post('/api/v1/ai/events/batch', [
      examples.ai_request,
      { kind: 'ai_request', ...examples.ai_request },
      { kind: 'ai_feedback', request_id, evalScores: { faithfulness: 0.5 } },
      { kind: 'feedback', requestId: request_id, rating: -1 },
    ]);
    expect([status, body.accepted.length, body.rejected]).toEqual([202, 4, []]);
    expect(await gateway.storedIn('ai.requests.raw')).toHaveLength(2);
    const about = request_id.toLowerCase();
    expect(await gateway.storedIn('ai.feedback.raw')).toMatchObject([
      { request_id: about, score: null, eval_scores: { faithfulness: 0.5 } },
      { request_id: about, score: -1, eval_scores: {} },
    ]);
  });

  it('are refused one by one', async () => {
    const { status, body } = await gateway.post('/api/v1/ai/events/batch', [
      { kind: 'track', event_name: 'x' },
      { kind: ['ai_feedback'] },
      { kind: 'ai_feedback', request_id, score: 1, model_name: 'm' },
      { kind: 'ai_feedback', request_id, score: 1 },
    ]);
    expect(status).toBe(202);
    expect(body.accepted).toMatchObject([{ index: 3 }]);
    expect(body.rejected.map(({ code, path }) => [code, path])).toEqual([
      ['invalid_value', '$.kind'],
      ['invalid_value', '$.kind'],
      ['unknown_field', '$.model_name'],
    ]);
  });

  it('feedback keeps its id over retries with one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const send = () => gateway.post('/api/v1/ai/track-feedback', examples.ai_feedback, headers);
    const [first, second] = [await send(), await send()];
    expect(first.body.accepted).toEqual(second.body.accepted);
  });
});

describe('bad feedback is refused', () => {
  const request_id = '01890a5d-ac96-774b-bcce-b302099a8057';
  it.each([
    ['no request', { score: 1 }, 'missing_field', '$.request_id'],
    ['a request that is no UUID', { request_id: 'r-1', score: 1 }, 'invalid_uuid', '$.request_id'],
    ['a score above 1', { request_id, score: 1.01 }, 'invalid_value', '$.score'],
    ['a score of text', { request_id, score: '1' }, 'wrong_type', '$.score'],
    ['neither score nor evaluation', { request_id, label: 'x', eval_scores: {} }, 'missing_field', '$.score'],
    ['an unknown field', { request_id, score: 1, stars: 5 }, 'unknown_field', '$.stars'],
    ['a kind', { request_id, score: 1, kind: 'ai_feedback' }, 'unknown_field', '$.kind'],
    [
      'a comment too long',
      { request_id, score: 1, comment: 'x'.repeat(8_193) },
      'string_too_long',
      '$.comment',
    ],
  ])('%s', async (_name, event, code, path) => {
    const { status, body } = await gateway.post('/api/v1/ai/track-feedback', event);
    expect([status, (body as unknown as { errors: object[] }).errors]).toMatchObject([400, [{ code, path }]]);
    expect(await gateway.storedIn('ai.feedback.raw')).toEqual([]);
  });
});

describe('fields', () => {
  it("come under the names of the product's own SDK examples", async () => {
    await gateway.post('/api/v1/ai/track-request', {
      model: 'legal-analysis-v2',
      version: '1.0.0',
      userId: 'u',
      inputTokens: 1500,
      outputTokens: 800,
      latency: 2300,
      errorType: 'timeout',
      confidenceScore: 0.92,
      evalScores: { faithfulness: 0.5 },
    });
    expect(await gateway.storedIn('ai.requests.raw')).toMatchObject([
      {
        user_id: 'u',
        latency_ms: 2300,
        success: false,
        confidence_score: 0.92,
        eval_scores: { faithfulness: 0.5 },
      },
    ]);
    await gateway.post(`${PRODUCT}/conversion`, {
      userId: 'u',
      type: 'subscription',
      value: 29.99,
      currency: 'usd',
    });
    expect(await gateway.storedIn('product.events.raw')).toMatchObject([
      { conversion_type: 'subscription', conversion_value: 29.99, currency: 'USD', event_name: 'conversion' },
    ]);
  });

  it('keep what is free-form as it came, large numbers and key order included', async () => {
    const properties = '{ "b": 12345678901234567890, "a": [1.10, "\\u00e9\\n"] }';
    await gateway.post(`${PRODUCT}/events`, `{"event":"x","properties":${properties},"context":null}`);
    expect(await gateway.storedIn('product.events.raw')).toMatchObject([{ properties, context: '{}' }]);
  });

  it('of any kind come in a batch', async () => {
    const kinds = ['track', 'page_view', 'conversion'] as const;
    const events = kinds.map((kind) => ({ kind, ...examples[kind] }));
    await gateway.post(`${PRODUCT}/events/batch`, { events });
    expect((await gateway.storedIn('product.events.raw')).map((e) => e.kind)).toEqual(kinds);
  });
});

describe('bodies', () => {
  const two = [{ event: 'a' }, { event: 'b' }];
  const lines = two.map((e) => `${JSON.stringify(e)}\n`).join('');
  const names = async () => (await gateway.storedIn('product.events.raw')).map((e) => e.event_name);

  it.each([
    ['an array', JSON.stringify(two), 'application/json'],
    ['an array with a byte order mark', `\ufeff${JSON.stringify(two)}`, 'application/json; charset=utf-8'],
    ['an envelope', JSON.stringify({ events: two, sent_at: Date.now() }), 'application/json'],
    ['lines', lines, 'application/x-ndjson'],
    ['text', JSON.stringify(two), 'text/plain;charset=UTF-8'],
  ])('as %s', async (_name, body, type) => {
    const { status } = await gateway.post(`${PRODUCT}/events`, body, { 'content-type': type });
    expect(status).toBe(202);
    expect(await names()).toEqual(['a', 'b']);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('in %s', async (encoding, compress) => {
    const body = compress(Buffer.from(JSON.stringify(two)));
    const { status } = await gateway.post(`${PRODUCT}/events`, body, { 'content-encoding': encoding });
    expect(status).toBe(202);
    expect(await names()).toEqual(['a', 'b']);
    expect(gateway.budgetUsed()).toBe(0);
  });
});

describe('identity', () => {
  const ids = async (body: unknown, headers?: Record<string, string>) =>
    (await gateway.post(`${PRODUCT}/events`, body, headers)).body.accepted.map((a) => a.event_id);

  it("is the producer's UUID, in lower case", async () => {
    const event_id = 'A574BB27-3866-4371-A919-81D817995A8C';
    expect(await ids({ event: 'x', event_id })).toEqual([event_id.toLowerCase()]);
  });

  it('is the same for a retry with an Idempotency-Key or message_id, and fresh otherwise', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const first = await ids([{ event: 'x' }, { event: 'y' }], headers);
    expect(new Set(first).size).toBe(2);
    expect(await ids([{ event: 'x' }, { event: 'y' }], headers)).toEqual(first);
    expect(await ids({ event: 'x', messageId: 'm' })).toEqual(await ids({ event: 'x', messageId: 'm' }));
    expect(await ids({ event: 'x' })).not.toEqual(await ids({ event: 'x' }));
  });

  it('is per source, not per key', async () => {
    const rotated = gateway.addKey('web');
    const other = gateway.addKey('app');
    const as = (key: string) => ids({ event: 'x', message_id: 'm' }, { authorization: `Bearer ${key}` });
    expect(await as(rotated)).toEqual(await as(gateway.key));
    expect(await as(other)).not.toEqual(await as(gateway.key));
  });

  it('keys a record by user, else browser, else event', async () => {
    await gateway.post(`${PRODUCT}/events`, [
      { event: 'x', user_id: 'u', anonymous_id: 'a' },
      { event: 'x', anonymous_id: 'a' },
      { event: 'x', event_id: 'a574bb27-3866-4371-a919-81d817995a8c' },
    ]);
    const keys = (await gateway.stored()).map((s) => s.key);
    expect(keys).toEqual(['u', 'a', 'a574bb27-3866-4371-a919-81d817995a8c']);
  });
});

describe('time', () => {
  const timeOf = async (event: object) => {
    await gateway.post(`${PRODUCT}/events`, { event: 'x', ...event });
    return (await gateway.storedIn('product.events.raw')).at(-1);
  };

  it('is kept, or the time of arrival', async () => {
    const before = Date.now();
    expect((await timeOf({ timestamp: '2024-03-13T10:21:14Z' }))?.event_time).toBe(
      Date.UTC(2024, 2, 13, 10, 21, 14),
    );
    expect((await timeOf({}))?.event_time).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['1970', '1970-01-01T00:00:00Z', 'ancient_time'],
    ['epoch 0', 0, 'ancient_time'],
    ['a negative time', -1e12, 'ancient_time'],
    ['2099', '2099-01-01T00:00:00Z', 'future_time'],
  ])('of %s is flagged and the time of arrival kept', async (_name, event_time, flag) => {
    const before = Date.now();
    const event = await timeOf({ event_time });
    expect(event?.flags).toContain(flag);
    expect(event?.event_time).toBeGreaterThanOrEqual(before);
    expect(event?.client_event_time).toBe(new Date(event_time).getTime());
  });

  it('is corrected by sent_at, of the event or of the request', async () => {
    const hourAgo = Date.now() - 3_600_000;
    const own = await timeOf({ event_time: hourAgo - 1_000, sent_at: hourAgo });
    await gateway.post(`${PRODUCT}/events`, {
      events: [{ event: 'x', event_time: hourAgo - 1_000 }],
      sentAt: new Date(hourAgo).toISOString(),
    });
    const ofRequest = (await gateway.storedIn('product.events.raw')).at(-1);
    for (const event of [own, ofRequest]) {
      expect(event?.flags).toEqual(['clock_corrected']);
      expect(Math.abs((event?.event_time ?? 0) - (Date.now() - 1_000))).toBeLessThan(2_000);
    }
  });
});

describe('pixel', () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}${PRODUCT}/pixel.gif?${query}`, { headers });

  it('stores the event in its address and answers an image', async () => {
    const response = await get(
      `write_key=${gateway.key}&event=Opened&userId=u&p.campaign=spring&context={"a":1}`,
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/gif');
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(0, 6)
        .toString(),
    ).toBe('GIF89a');
    expect(await gateway.storedIn('product.events.raw')).toMatchObject([
      {
        kind: 'track',
        event_name: 'Opened',
        user_id: 'u',
        properties: '{"campaign":"spring"}',
        context: '{"a":1}',
      },
    ]);
  });

  it('is a page view of the page around it', async () => {
    await get(`writeKey=${gateway.key}&anonymous_id=a`, { referer: 'https://mail.example/1' });
    await get(`write_key=${gateway.key}&kind=conversion&type=trial&value=1.5`);
    expect(await gateway.storedIn('product.events.raw')).toMatchObject([
      { kind: 'page_view', page_url: 'https://mail.example/1' },
      { kind: 'conversion', conversion_value: 1.5 },
    ]);
  });

  it('refuses what a POST refuses', async () => {
    expect((await get('event=x')).status).toBe(401);
    expect((await get(`write_key=${gateway.key}&event=x&nope=1`)).status).toBe(400);
    expect((await get(`write_key=${gateway.key}&event=x&context={"a":1,"a":2}`)).status).toBe(400);
    expect((await get(`write_key=${gateway.key}&event=x&user_id=1&user_id=2`)).status).toBe(400);
  });
});
