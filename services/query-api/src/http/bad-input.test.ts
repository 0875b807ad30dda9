import { request } from 'node:http';
import { connect } from 'node:net';
import { keyForm } from '@fineprint/http-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../problem/problem.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const restart = async (options: TestApiOptions) => {
  await api.close();
  api = await startTestApi(options);
};

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { code: string; parameter: string; message: string }[];
  readonly text: string;
  readonly headers: Headers;
}

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${api.key}`, ...headers },
  });
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as { code?: string; errors?: Answer['errors'] }) : {};
  return {
    status: response.status,
    code: body.code ?? '',
    errors: body.errors ?? [],
    text,
    headers: response.headers,
  };
}

const AI = '/api/v1/ai';
const PERFORMANCE = `${AI}/performance-metrics`;

describe('parameters', () => {
  it.each([
    ['from=yesterday', 400, 'invalid_time'],
    ['from=2026-02-30', 400, 'invalid_time'],
    ['to=99999999999999', 400, 'invalid_time'],
    ['from=-5', 400, 'invalid_time'],
    ['from=NaN', 400, 'invalid_time'],
    ['from=', 400, 'invalid_time'],
    ['granularity=second', 400, 'invalid_parameter'],
    ['granularity=Hour', 400, 'invalid_parameter'],
    ['group_by=user_id', 400, 'invalid_parameter'],
    ['group_by=model,model', 400, 'invalid_parameter'],
    ['group_by=model,version,provider,variant', 400, 'invalid_parameter'],
    [`group_by=${encodeURIComponent('model_name) FROM system.users --')}`, 400, 'invalid_parameter'],
    ['limit=0', 400, 'invalid_parameter'],
    ['limit=10001', 400, 'invalid_parameter'],
    ['limit=1e3', 400, 'invalid_parameter'],
    ['limit=10;DROP TABLE fineprint.ai_requests', 400, 'invalid_parameter'],
    ['offset=-1', 400, 'invalid_parameter'],
    ['offset=99999999999999999999', 400, 'invalid_parameter'],
    ['model=', 400, 'invalid_parameter'],
    [`model=${'x'.repeat(201)}`, 400, 'invalid_parameter'],
    ['model=a%00b', 400, 'invalid_parameter'],
    ['model=a&model=b', 400, 'repeated_parameter'],
    ['nonsense=1', 400, 'unknown_parameter'],
    ['__proto__=1', 400, 'unknown_parameter'],
    ['constructor=1', 400, 'unknown_parameter'],
    ['model[$ne]=1', 400, 'unknown_parameter'],
    [`api_key=secret`, 400, 'unknown_parameter'],
    ['from=2026-01-02&to=2026-01-01', 422, 'invalid_range'],
    ['from=2026-01-01&to=2026-01-01', 422, 'invalid_range'],
    ['from=2026-01-01&to=2026-01-09&granularity=minute', 422, 'range_too_large'],
    ['from=1970-01-01&to=2199-01-01&granularity=day', 422, 'range_too_large'],
    ['from=1970-01-01&to=2199-01-01', 422, 'range_too_large'],
  ])('%s', async (query, status, code) => {
    const answer = await ask(`${PERFORMANCE}?${query}`);
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['', 'missing_parameter'],
    ['model=a:1', 'invalid_parameter'],
    ['model=a:1&model=a:1', 'invalid_parameter'],
    ['model=a&model=b:1', 'invalid_parameter'],
    [Array.from({ length: 11 }, (_, i) => `model=a:${i}`).join('&'), 'invalid_parameter'],
    ['model=a:1&model=a:2&confidence_level=1', 'invalid_parameter'],
    ['model=a:1&model=a:2&confidence_level=0.1', 'invalid_parameter'],
  ])('compare-models?%s', async (query, code) => {
    expect(await ask(`${AI}/compare-models?${query}`)).toMatchObject({ status: 400, code });
  });

  it('are all named at once, without their values or strange names', async () => {
    const { errors, text } = await ask(`${PERFORMANCE}?limit=jane@example.com&from=jane&%3Cscript%3E=1`);
    expect(errors.map((e) => [e.code, e.parameter])).toEqual([
      ['unknown_parameter', '[?]'],
      ['invalid_time', 'from'],
      ['invalid_parameter', 'limit'],
    ]);
    expect(text).not.toMatch(/jane|script/);
  });

  it('reach ClickHouse beside the query only, never in it', async () => {
    const evil = "x' OR 1=1; DROP TABLE fineprint.ai_requests --";
    const answer = await ask(
      `${PERFORMANCE}?model=${encodeURIComponent(evil)}&version=${encodeURIComponent(evil)}`,
    );
    expect(answer).toMatchObject({ status: 404, code: 'unknown_model' });
    expect(api.asked.length).toBeGreaterThan(1);
    for (const { query } of api.asked) expect(query).not.toContain('OR 1=1');
    expect(api.asked.at(-1)?.values).toMatchObject({ model: evil, version: evil });
  });

  it('of paths are held to the same', async () => {
    expect(await ask(`${AI}/real-time/${'x'.repeat(300)}/1`)).toMatchObject({
      status: 400,
      code: 'invalid_parameter',
    });
    expect(await ask(`${AI}/real-time/a/%00`)).toMatchObject({ status: 400, code: 'invalid_parameter' });
    expect(await ask(`${AI}/real-time/a/%ZZ`)).toMatchObject({ status: 400, code: 'bad_request' });
    expect(await ask(`${AI}/real-time/a/1?model=b`)).toMatchObject({
      status: 400,
      code: 'unknown_parameter',
    });
    expect(await ask(`${AI}/real-time/nobody/1`)).toMatchObject({ status: 404, code: 'unknown_model' });
  });
});

describe('credentials', () => {
  const writeKey = keyForm('fpk_').generate();
  it.each([
    ['none', { authorization: '' }, 'missing_credentials'],
    ['another scheme', { authorization: 'Basic YTpi' }, 'invalid_credentials'],
    ['no token', { authorization: 'Bearer' }, 'invalid_credentials'],
    ['SQL', { authorization: "Bearer ' OR 1=1 --" }, 'invalid_credentials'],
    ['a write key', { authorization: `Bearer ${writeKey}` }, 'invalid_credentials'],
    ['a forged key', { authorization: `Bearer ${keyForm('fpa_').generate()}` }, 'invalid_credentials'],
    ['two of them', { 'x-api-key': 'fpa_x' }, 'ambiguous_credentials'],
  ])('%s', async (_name, headers, code) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    const response = await fetch(`${api.url}${AI}/models`, {
      headers: 'authorization' in headers ? given : { authorization: `Bearer ${api.key}`, ...given },
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, code]);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(api.asked).toEqual([]);
  });

  it('sent twice under one name are ambiguous', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${api.url}${AI}/models`, (res) => resolve(res.resume().statusCode));
      sent.setHeader('x-api-key', [api.key, api.key]);
      sent.on('error', reject).end();
    });
    expect(status).toBe(401);
  });

  it('come before everything else: nobody learns by a 400 or 404 what there is', async () => {
    const answers = await Promise.all(
      [`${PERFORMANCE}?nonsense=1`, `${AI}/real-time/x/1`, `${AI}/compare-models`].map((p) =>
        fetch(api.url + p),
      ),
    );
    expect(answers.map((a) => a.status)).toEqual([401, 401, 401]);
  });

  it('of a role open what the table says', async () => {
    const paths = ['performance-metrics', 'compare-models', 'usage-trends', 'models', 'real-time/a/1'];
    const statuses = async (key: string) =>
      Promise.all(
        paths.map(async (p) => (await ask(`${AI}/${p}`, { authorization: `Bearer ${key}` })).status === 403),
      );
    expect(await statuses(api.addKey('operator'))).toEqual([true, true, true, false, false]);
    expect(await statuses(api.addKey('admin'))).toEqual([false, false, false, false, false]);
  });

  it('cannot be checked while their store was never read', async () => {
    await restart({ keysAway: true });
    expect(await ask(`${AI}/models`)).toMatchObject({ status: 503, code: 'keys_unavailable' });
  });
});

describe('requests', () => {
  it('of other methods and paths', async () => {
    const posted = await ask(`${AI}/models`, {}, 'POST');
    expect([posted.status, posted.code, posted.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'GET, HEAD',
    ]);
    for (const path of ['/', `${AI}/models/`, `${AI}/Models`, `${AI}/../../etc/passwd`, `${AI}/real-time/a`])
      expect(await ask(path), path).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('that accept nothing we have', async () => {
    expect(await ask(`${AI}/models`, { accept: 'text/csv' })).toMatchObject({
      status: 406,
      code: 'not_acceptable',
    });
    expect(await ask(`${AI}/real-time/a/1`, { accept: 'image/*' })).toMatchObject({
      status: 406,
      code: 'not_acceptable',
    });
  });

  it('with headers that are too large or broken', async () => {
    expect(await ask(`${AI}/models?after=${'x'.repeat(20_000)}`)).toMatchObject({
      status: 431,
      code: 'headers_too_large',
    });
    const raw = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nHost : x\r\n\r\n'),
      );
      socket.on('data', (chunk) => resolve(String(chunk)));
    });
    expect(raw).toMatch(/^HTTP\/1\.1 400 .*"code":"bad_request"/s);
  });

  it('beyond the rate are told when to come back', async () => {
    await restart({ requestsPerSecond: 3 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(`${AI}/models`)));
    const refused = answers.filter((a) => a.status === 429);
    expect(refused).toHaveLength(3);
    expect(refused[0]).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('while stopping are sent elsewhere', async () => {
    await restart({ draining: true });
    const answer = await ask(`${AI}/models`);
    expect(answer).toMatchObject({ status: 503, code: 'shutting_down' });
    expect(answer.headers.get('connection')).toBe('close');
  });

  it('that fail say nothing of why, and the log names the same instance', async () => {
    await restart({ rows: () => Promise.reject(new Error('column jane@example.com')) });
    const { status, code, text } = await ask(`${AI}/models`);
    expect([status, code]).toEqual([500, 'internal']);
    expect(text).not.toContain('jane');
    expect(api.log.join()).toContain(/urn:uuid:[\w-]+/.exec(text)?.[0]);
  });

  it.each(['query_timeout', 'query_too_large', 'clickhouse_unavailable', 'overloaded'] as const)(
    'that end in %s say so',
    async (code) => {
      await restart({ rows: () => Promise.reject(new Problem(code, 'It did.', { retryAfterS: 2 })) });
      expect((await ask(`${AI}/models`)).code).toBe(code);
    },
  );

  it('get answers that no page of another origin can read, and that no cache shares', async () => {
    const { status, headers } = await ask(`${AI}/models`, { origin: 'https://evil.example' });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('streams', () => {
  const live = async () => [
    { minutes: 1, newest: Date.now(), requests: 0, error_types: {}, latency_q: [], first_token_q: [] },
  ];
  const open = () =>
    fetch(`${api.url}${AI}/real-time/a/1`, {
      headers: { authorization: `Bearer ${api.key}`, accept: 'text/event-stream' },
    });

  it('are bounded, and free again when their clients leave', async () => {
    await restart({ maxStreams: 2, rows: live });
    const [first] = await Promise.all([open(), open()]);
    const third = await open();
    expect([third.status, ((await third.json()) as { code: string }).code]).toEqual([
      429,
      'too_many_streams',
    ]);
    await first?.body?.cancel();
    await expect.poll(async () => (await open()).status, { timeout: 3_000 }).toBe(200);
  });

  it('say when there is nothing to say, and go on', async () => {
    let away = false;
    await restart({
      rows: () => (away ? Promise.reject(new Problem('clickhouse_unavailable', 'Away.')) : live()),
    });
    const response = await open();
    away = true;
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('event: problem')) away = false;
      if (/event: problem.*event: metrics/s.test(text)) break;
    }
    expect(text).toContain('{"code":"clickhouse_unavailable"}');
  });
});

it('answers 409 on live paths where ENABLE_REALTIME_PROCESSING is false', async () => {
  await restart({ isRealtime: false });
  const { status, code } = await ask('/api/v1/ai/real-time/legal-analysis-v2/1.0.0');
  expect([status, code]).toEqual([409, 'realtime_disabled']);
  expect((await ask('/api/v1/ai/models')).status).toBe(200);
});
