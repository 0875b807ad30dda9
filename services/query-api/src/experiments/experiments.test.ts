import { assignVariant } from '@fineprint/experiments';
import { afterEach, describe, expect, it } from 'vitest';
import { draft, stored } from '../testing/experiment-rows.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';

let api: TestApi;
const start = async (options: TestApiOptions = {}) => {
  api = await startTestApi(options);
};
afterEach(() => api.close());

const PATH = '/api/v1/ai/experiments';
interface Answer {
  readonly status: number;
  readonly body: { code?: string; variant?: string; errors?: { parameter: string; message: string }[] };
}
async function ask(method: string, path: string, body?: unknown, key = api.key): Promise<Answer> {
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const metric = draft().metrics[0];
const manyMetrics = Array.from({ length: 51 }, (_, i) => ({ ...metric, name: `m${i}` }));

describe('a definition is refused', () => {
  it.each([
    ['that is none', 5, ''],
    ['with an id that is no slug', draft({ id: "x'; DROP TABLE fineprint.experiments --" }), 'id'],
    ['with a number for an id', draft({ id: 1 }), 'id'],
    ['of an unknown unit', draft({ unit: 'planet' }), 'unit'],
    ['with one variant', draft({ variants: [{ name: 'control', weight: 1 }] }), 'variants'],
    [
      'with a name twice',
      draft({ variants: [1, 2].map((weight) => ({ name: 'a', weight })) }),
      'variants[1].name',
    ],
    [
      'with a weight of nothing',
      draft({ variants: [0, 1].map((weight) => ({ name: `v${weight}`, weight })) }),
      'variants[0].weight',
    ],
    ['without metrics', draft({ metrics: [] }), 'metrics'],
    ['with too many metrics', draft({ metrics: manyMetrics }), 'metrics'],
    [
      'with a source that is none',
      draft({ metrics: [{ ...metric, source: 'user_id' }] }),
      'metrics[0].source',
    ],
    [
      'with an amount as a conversion',
      draft({ metrics: [{ ...metric, source: 'ai.latency_ms' }] }),
      'metrics[0].source',
    ],
    ['with an event of a request', draft({ unit: 'request' }), 'metrics[0].source'],
    [
      'with half a character',
      draft({ metrics: [{ ...metric, source: 'event:\ud800' }] }),
      'metrics[0].source',
    ],
    ['with a NUL', draft({ description: 'a\u0000b' }), 'description'],
    ['with an unknown field', draft({ status: 'running' }), ''],
    ['with an alpha beyond its bounds', draft({ alpha: 0.5 }), 'alpha'],
    ['with a sample of halves', draft({ minimumSamplePerVariant: 2.5 }), 'minimumSamplePerVariant'],
  ])('%s', async (_, body, parameter) => {
    await start();
    const answer = await ask('POST', PATH, body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_body' } });
    expect(answer.body.errors?.[0]?.parameter).toBe(parameter);
    expect(JSON.stringify(answer.body)).not.toMatch(/DROP TABLE/);
  });
});

describe('parameters', () => {
  it.each([
    ['GET', `${PATH}?status=done`, 400, 'invalid_parameter'],
    ['GET', `${PATH}?limit=201`, 400, 'invalid_parameter'],
    ['GET', `${PATH}?limit=0`, 400, 'invalid_parameter'],
    ['GET', `${PATH}?offset=1`, 400, 'unknown_parameter'],
    ['GET', `${PATH}?after=${'x'.repeat(201)}`, 400, 'invalid_parameter'],
    ['GET', `${PATH}/Not_An_Id`, 400, 'invalid_parameter'],
    ['GET', `${PATH}/${'x'.repeat(65)}`, 400, 'invalid_parameter'],
    ['GET', `${PATH}/${encodeURIComponent("x' OR 1=1 --")}/assignment?unit=u`, 400, 'invalid_parameter'],
    ['GET', `${PATH}/prompt-2/assignment`, 400, 'missing_parameter'],
    ['GET', `${PATH}/prompt-2/assignment?unit=`, 400, 'invalid_parameter'],
    ['GET', `${PATH}/prompt-2/assignment?unit=a%00`, 400, 'invalid_parameter'],
    ['GET', `${PATH}/prompt-2/assignment?unit=${'u'.repeat(256)}`, 400, 'invalid_parameter'],
    ['GET', `${PATH}/prompt-2/assignment?unit=a&unit=b`, 400, 'repeated_parameter'],
    ['DELETE', `${PATH}/prompt-2`, 405, 'method_not_allowed'],
    ['POST', `${PATH}/prompt-2`, 405, 'method_not_allowed'],
    ['GET', `${PATH}/prompt-2`, 503, 'postgres_unavailable'],
  ])('%s %s', async (method, path, status, code) => {
    await start();
    expect(await ask(method, path)).toMatchObject({ status, body: { code } });
  });

  it.each([{ reason: '' }, { reason: 'x'.repeat(501) }, { reason: 'a\u0000' }, { why: 'x' }, [[]], '{'])(
    'a stop is refused for %j',
    async (body) => {
      await start();
      const { status } = await ask('POST', `${PATH}/prompt-2/stop`, body);
      expect(status).toBe(body === '{' ? 400 : 422);
    },
  );
});

it('roles: an operator may look, stop and assign, but change and read nothing else', async () => {
  await start({ running: async () => [stored()] });
  const operator = api.addKey('operator');
  const as = async (method: string, path: string, body?: unknown) =>
    (await ask(method, path, body, operator)).status;
  expect(await as('POST', PATH, draft())).toBe(403);
  expect(await as('POST', `${PATH}/prompt-2/start`)).toBe(403);
  // 503: it was let through, and Postgres is away in this test.
  expect(await as('POST', `${PATH}/prompt-2/stop`)).toBe(503);
  expect(await as('GET', PATH)).toBe(503);
  expect(await as('GET', `${PATH}/prompt-2/assignment?unit=u`)).toBe(200);
});

it('assigns as the package does, by weights, the same for ever, with no question to anybody', async () => {
  await start({ running: async () => [stored()] });
  const plan = {
    salt: 'prompt-2',
    variants: [
      { name: 'control', weight: 1 },
      { name: 'short', weight: 3 },
    ],
  } as const;
  const units = ['user_42', 'ünïcödé', '🙂', 'a/b?c=d&e', '1'.repeat(255)];
  for (const unit of [...units, ...units]) {
    const answer = await ask('GET', `${PATH}/prompt-2/assignment?unit=${encodeURIComponent(unit)}`);
    expect(answer).toEqual({
      status: 200,
      body: { experiment_id: 'prompt-2', unit_type: 'user', variant: assignVariant(plan, unit) },
    });
  }
  expect(api.asked).toEqual([]);
});
