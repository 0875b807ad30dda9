import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Role } from '../keys/api-key.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let keys: Record<Role, string>;
beforeAll(async () => {
  api = await startTestApi();
  keys = {
    analyst: api.key,
    operator: api.addKey('operator'),
    privacy_officer: api.addKey('privacy_officer'),
    admin: api.addKey('admin'),
  };
});
afterAll(() => api.close());

async function ask(method: string, path: string, role: Role = 'operator', body?: string) {
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${keys[role]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  return [response.status, ((await response.json()) as { code?: string }).code];
}

it.each<[string, number, string]>([
  ['?state=sleeping', 400, 'invalid_parameter'],
  ['?limit=0', 400, 'invalid_parameter'],
  ['?limit=1001', 400, 'invalid_parameter'],
  ['?limit=1e3', 400, 'invalid_parameter'],
  ['?offset=-1', 400, 'invalid_parameter'],
  ['?offset=99999999999999999999', 400, 'invalid_parameter'],
  ['?job=', 400, 'invalid_parameter'],
  [`?job=${'x'.repeat(201)}`, 400, 'invalid_parameter'],
  ['?job=a&job=b', 400, 'repeated_parameter'],
  ['?order=slot_at;drop', 400, 'unknown_parameter'],
  // Sound: what is asked is Postgres' to answer, which is away here.
  ["?job=x';DROP TABLE fineprint.job_runs;--", 503, 'postgres_unavailable'],
])('refuses /job-runs%s', async (query, status, code) => {
  expect(await ask('GET', `/api/v1/job-runs${query}`)).toEqual([status, code]);
});

it('refuses parameters and other methods', async () => {
  expect(await ask('GET', '/api/v1/jobs?x=1')).toEqual([400, 'unknown_parameter']);
  expect(await ask('POST', '/api/v1/jobs')).toEqual([405, 'method_not_allowed']);
  expect(await ask('GET', '/api/v1/jobs/x/runs')).toEqual([405, 'method_not_allowed']);
  expect(await ask('POST', `/api/v1/jobs/${'x'.repeat(201)}/runs`)).toEqual([400, 'invalid_parameter']);
});

it('every role sees jobs, and analysts start none', async () => {
  for (const role of ['analyst', 'operator', 'admin'] as const) {
    expect(await ask('GET', '/api/v1/jobs', role)).toEqual([503, 'postgres_unavailable']);
    expect(await ask('GET', '/api/v1/job-runs', role)).toEqual([503, 'postgres_unavailable']);
    const started = role === 'analyst' ? [403, 'forbidden'] : [503, 'postgres_unavailable'];
    expect(await ask('POST', '/api/v1/jobs/x/runs', role)).toEqual(started);
  }
});
