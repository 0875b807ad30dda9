import { buildSchema, getIntrospectionQuery, isObjectType } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endpoints } from '../ai/endpoints.ts';
import { actionRules } from '../keys/access.ts';
import type { Role } from '../keys/api-key.ts';
import { operations } from '../operations/index.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';
import { limits } from './limits.ts';

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
  readonly type: string | null;
  readonly code?: string;
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: Record<string, unknown>;
  }[];
  readonly extensions?: object;
}

async function post(body: unknown, headers: Record<string, string> = {}, key = api.key): Promise<Answer> {
  const response = await fetch(`${api.url}/api/v1/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    ...((await response.json()) as object),
    status: response.status,
    type: response.headers.get('content-type'),
  };
}
const ask = (query: string, variables?: object, role?: Role) =>
  post({ query, variables }, {}, role === undefined ? undefined : api.addKey(role));
const codes = (answer: Answer) => answer.errors?.map((e) => e.extensions['code']);

const MODELS = '{ aiModels { models { model } next_after } }';

describe('the schema', () => {
  it('has a field for every path that reads figures, and can be had as text', async () => {
    const response = await fetch(`${api.url}/schema.graphql`);
    const query = buildSchema(await response.text()).getQueryType();
    const reading = [...endpoints, ...operations.filter((o) => o.method === 'GET')].filter(
      ({ action }) => !actionRules[action].isAudited,
    );
    expect(Object.keys(query?.getFields() ?? {})).toHaveLength(reading.length);
    const answer = await post({ query: getIntrospectionQuery() });
    expect(answer).toMatchObject({ status: 200, extensions: { cost: 0 } });
    expect(answer.errors).toBeUndefined();
  });

  it('knows numbers, choices and lists of the parameters', async () => {
    const query = buildSchema(await (await fetch(`${api.url}/schema.graphql`)).text()).getQueryType();
    const args = (field: string) =>
      Object.fromEntries(query?.getFields()[field]?.args.map((a) => [a.name, String(a.type)]) ?? []);
    expect(args('aiPerformanceMetrics')).toMatchObject({
      limit: 'Int',
      granularity: 'AiPerformanceMetricsGranularity',
    });
    expect(args('aiCompareModels')).toMatchObject({ model: '[String!]!' });
    expect(isObjectType(query)).toBe(true);
  });
});

describe('a query', () => {
  it('is answered as the path is', async () => {
    const answer = await ask(MODELS);
    expect(answer).toEqual({
      status: 200,
      type: 'application/json',
      data: { aiModels: { models: [], next_after: null } },
      extensions: { cost: 5, max_cost: limits.maxCost },
    });
  });

  it('takes variables, and the media type of the specification', async () => {
    const query = 'query Q($n: Int) { aiModels(limit: $n) { next_after } }';
    const accept = 'application/graphql-response+json';
    const answer = await post({ query, operationName: 'Q', variables: { n: 7 } }, { accept });
    expect(answer).toMatchObject({ status: 200, type: accept, data: { aiModels: { next_after: null } } });
  });

  it('answers the other fields where one may not be asked, or asks what cannot be', async () => {
    const answer = await ask(
      '{ aiModels { next_after } activity: analyticsActivity { grain } bad: aiDrift(from: "yesterday") { next_offset } }'.replace(
        ' { next_offset }',
        ' { __typename }',
      ),
      undefined,
      'operator',
    );
    expect(answer).toMatchObject({ status: 200, data: { aiModels: {}, activity: null, bad: null } });
    expect(codes(answer)?.sort()).toEqual(['forbidden', 'invalid_time']);
    const bad = answer.errors?.find((e) => e.path?.[0] === 'bad');
    expect(bad?.extensions).toMatchObject({ status: 400, errors: [{ parameter: 'from' }] });
  });

  it('says no more than that of what nobody foresaw', async () => {
    await restart({ rows: () => Promise.reject(new Error('secret of the house')) });
    const answer = await ask(MODELS);
    expect(answer).toMatchObject({ status: 200, data: { aiModels: null } });
    expect(codes(answer)).toEqual(['internal']);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(api.log.some((line) => line.includes(String(answer.errors?.[0]?.extensions['instance'])))).toBe(
      true,
    );
  });

  it('spends of the rate limit for each question', async () => {
    await restart({ requestsPerSecond: 3 });
    const answer = await ask(
      '{ a: aiModels { next_after } b: aiModels { next_after } c: aiModels { next_after } d: aiModels { next_after } }',
    );
    expect(codes(answer)).toEqual(['rate_limited']);
  });
});

describe('what is refused', () => {
  it.each([
    ['{ aiModels {', 'graphql_syntax'],
    ['{ nothing }', 'graphql_invalid'],
    ['{ aiModels }', 'graphql_invalid'],
    ['{ aiModels(limit: "7") { next_after } }', 'graphql_invalid'],
    ['{ aiPerformanceMetrics(granularity: second) { __typename } }', 'graphql_invalid'],
    ['mutation { drop }', 'graphql_invalid'],
    ['subscription { aiModels { next_after } }', 'graphql_invalid'],
    ['query A { aiModels { next_after } } query B { aiModels { next_after } }', 'graphql_invalid'],
    ['query ($n: Int!) { aiModels(limit: $n) { next_after } }', 'graphql_invalid'],
    ['{ ...F } fragment F on Query { ...F }', 'graphql_invalid'],
    [
      `{ ${Array.from({ length: 11 }, (_, i) => `a${i}: aiModels { next_after }`).join(' ')} }`,
      'graphql_too_large',
    ],
    [
      `{ aiModels { ${Array.from({ length: 21 }, (_, i) => `a${i}: next_after`).join(' ')} } }`,
      'graphql_too_large',
    ],
    [`{ ${'aiModels { next_after } '.repeat(600)} }`, 'graphql_syntax'],
    [`${'{'.repeat(1_500)}`, 'graphql_syntax'],
  ])('%#: %s', async (query, code) => {
    const answer = await ask(query);
    expect(answer.status).toBe(400);
    expect(codes(answer)?.[0]).toBe(code);
    expect(answer.data).toBeUndefined();
  });

  it('is deeper than any answer', async () => {
    const deep = `{ __type(name: "Models") { ${'ofType { '.repeat(15)} name ${'}'.repeat(15)} } aiModels { next_after } }`;
    expect(codes(await ask(deep))).toEqual(['graphql_too_large']);
  });

  it.each([
    [{}, 422, 'invalid_body'],
    [{ query: '' }, 422, 'invalid_body'],
    [{ query: 5 }, 422, 'invalid_body'],
    [{ query: MODELS, variables: 'x' }, 422, 'invalid_body'],
    [{ query: MODELS, other: 1 }, 422, 'invalid_body'],
    [{ query: 'x'.repeat(50_001) }, 422, 'invalid_body'],
    ['[]', 422, 'invalid_body'],
    ['{', 400, 'malformed_json'],
  ])('a body like %#', async (body, status, code) => {
    expect(await post(body)).toMatchObject({ status, code });
  });

  it('comes without a key, or in another way', async () => {
    expect(await post({ query: MODELS }, { authorization: '' })).toMatchObject({ status: 401 });
    expect(await post({ query: MODELS }, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await post({ query: MODELS }, { accept: 'text/csv' })).toMatchObject({ status: 406 });
    const get = await fetch(`${api.url}/api/v1/graphql?query=${encodeURIComponent(MODELS)}`);
    expect(get.status).toBe(405);
  });
});
