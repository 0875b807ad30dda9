import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';
import { defineOperation } from './operation.ts';
import { MAX_BODY_BYTES } from './read-json.ts';

const common = {
  action: 'performance',
  summary: 's',
  description: 'd',
  parameters: z.strictObject({ dry_run: z.enum(['true']).optional() }),
  pathParameters: z.strictObject({ id: z.string().max(5) }),
  answerSchema: z.object({}),
  example: '',
} as const;
const operations = [
  defineOperation({
    ...common,
    method: 'POST',
    path: '/things/{id}/start',
    name: 'start',
    bodySchema: z.strictObject({ steps: z.array(z.strictObject({ event: z.string().max(3) })) }),
    run: async ({ query, path, body }, { key }) => ({
      status: 201,
      body: { ...query, ...path, ...body, role: key.role },
    }),
  }),
  defineOperation({
    ...common,
    method: 'DELETE',
    path: '/things/{id}/start',
    name: 'stop',
    bodySchema: null,
    run: async ({ path }, { database }) => {
      await database.query('SELECT 1');
      return { status: 200, body: path };
    },
  }),
];

let api: TestApi;
const start = async (options: TestApiOptions = {}) => {
  api = await startTestApi({ operations, ...options });
};
afterEach(() => api.close());

async function ask(
  method: string,
  path: string,
  body?: string | Buffer,
  headers: Record<string, string> = {},
) {
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
  const json = (await response.json()) as { code?: string; errors?: { parameter: string; code: string }[] };
  return {
    status: response.status,
    code: json.code,
    errors: json.errors,
    json,
    allow: response.headers.get('allow'),
  };
}

describe('an operation', () => {
  it('gets what its schemas let through, and answers with its status', async () => {
    await start();
    const answer = await ask('POST', '/things/a/start?dry_run=true', '{"steps":[{"event":"x"}]}');
    expect(answer).toMatchObject({
      status: 201,
      json: { dry_run: 'true', id: 'a', steps: [{ event: 'x' }], role: 'analyst' },
    });
  });

  it.each([
    ['not JSON', '{', 400, 'malformed_json'],
    ['nothing', '', 400, 'malformed_json'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'malformed_json'],
    ['another type', '{"steps":"many"}', 422, 'invalid_body'],
    ['an unknown field', '{"steps":[],"__proto__x":1}', 422, 'invalid_body'],
    ['too much', ' '.repeat(MAX_BODY_BYTES + 1), 413, 'body_too_large'],
  ])('refuses %s', async (_, body, status, code) => {
    await start();
    expect(await ask('POST', '/things/a/start', body)).toMatchObject({ status, code });
  });

  it('names every place that is wrong, without its value', async () => {
    await start();
    const body = '{"steps":[{"event":"x"},{"event":"secret"},{"event":1,"<b>":2}]}';
    const { errors, json } = await ask('POST', '/things/a/start', body);
    expect(errors?.map((e) => e.parameter)).toEqual(['steps[1].event', 'steps[2].event', 'steps[2]']);
    expect(JSON.stringify(json)).not.toContain('secret');
  });

  it('refuses other content types, unknown parameters and methods, and roles that may not', async () => {
    await start();
    const path = '/things/a/start';
    expect(await ask('POST', path, '{}', { 'content-type': 'text/xml' })).toMatchObject({ status: 415 });
    expect(await ask('POST', path, '{}', { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
    expect(await ask('POST', `${path}?x=1`, '{"steps":[]}')).toMatchObject({ code: 'unknown_parameter' });
    expect(await ask('POST', '/things/toolong/start', '{"steps":[]}')).toMatchObject({ status: 400 });
    expect(await ask('GET', path)).toMatchObject({ status: 405, allow: 'POST, DELETE' });
    const operator = { authorization: `Bearer ${api.addKey('operator')}` };
    expect(await ask('POST', path, '{"steps":[]}', operator)).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
  });

  it('says so when Postgres is away', async () => {
    await start();
    expect(await ask('DELETE', '/things/a/start')).toMatchObject({
      status: 503,
      code: 'postgres_unavailable',
    });
  });
});
