import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { businessEndpoints } from './endpoints.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function ask(path: string, key = api.key): Promise<{ status: number; code: string }> {
  const url = `${api.url}/api/v1/business/${path}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const { code = '' } = (await response.json()) as { code?: string };
  return { status: response.status, code };
}

it.each([
  ['revenue?granularity=minute', 400, 'invalid_parameter'],
  ['revenue?currency=euro', 400, 'invalid_parameter'],
  ["revenue?currency=E'R", 400, 'invalid_parameter'],
  ['revenue?from=yesterday', 400, 'invalid_time'],
  ['revenue?from=2026-02-01&to=2026-01-01', 422, 'invalid_range'],
  ['revenue?granularity=hour&from=2020-01-01&to=2026-01-01', 422, 'range_too_large'],
  ['revenue?from=1970-01-01&to=2199-01-01', 422, 'range_too_large'],
  ['revenue?limit=10001', 400, 'invalid_parameter'],
  ['revenue?offset=-1', 400, 'invalid_parameter'],
  ['revenue?plan=pro', 400, 'unknown_parameter'],
  ['revenue?currency=EUR&currency=USD', 400, 'repeated_parameter'],
  ['plans?plan=', 400, 'invalid_parameter'],
  [`plans?plan=${'x'.repeat(201)}`, 400, 'invalid_parameter'],
  ['growth?currency=EUR', 400, 'unknown_parameter'],
  ['usage?by=user', 400, 'invalid_parameter'],
  ['usage?feature=a%00b', 400, 'invalid_parameter'],
  ['metrics?family=revenue', 400, 'unknown_parameter'],
  ['profit', 404, 'not_found'],
])('%s', async (path, status, code) => {
  const before = api.asked.length;
  expect(await ask(path)).toEqual({ status, code });
  expect(api.asked.length).toBe(before);
});

it('reaches ClickHouse beside the query only, never in it', async () => {
  const evil = "x' OR 1=1 --";
  for (const path of [`plans?plan=${evil}`, `usage?by=plan_feature&plan=${evil}&feature=${evil}`]) {
    const before = api.asked.length;
    expect((await ask(path)).status).toBe(200);
    const asked = api.asked.slice(before);
    expect(asked.some(({ values }) => JSON.stringify(values).includes('OR 1=1'))).toBe(true);
    for (const { query } of asked) expect(query).not.toContain('OR 1=1');
  }
});

it('is for analysts and admins: operators see no money', async () => {
  const [operator, admin] = [api.addKey('operator'), api.addKey('admin')];
  for (const path of [...businessEndpoints.map((e) => e.path), '/api/v1/business/metrics']) {
    const name = path.slice('/api/v1/business/'.length);
    expect(await ask(name, operator), name).toEqual({ status: 403, code: 'forbidden' });
    expect((await ask(name, admin)).status, name).toBe(200);
  }
});
