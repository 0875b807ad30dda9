import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function ask(path: string, key = api.key): Promise<{ status: number; code: string }> {
  const response = await fetch(`${api.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } });
  const { code = '' } = (await response.json()) as { code?: string };
  return { status: response.status, code };
}

it.each([
  ['ai/drift?measure=latency', 400, 'invalid_parameter'],
  ['ai/drift?level=not_enough_data', 400, 'invalid_parameter'],
  ['ai/drift?level=', 400, 'invalid_parameter'],
  ['ai/drift?model=', 400, 'invalid_parameter'],
  ['ai/drift?model=a%00b', 400, 'invalid_parameter'],
  [`ai/drift?version=${'x'.repeat(201)}`, 400, 'invalid_parameter'],
  ['ai/drift?limit=1001', 400, 'invalid_parameter'],
  ['ai/drift?offset=1e3', 400, 'invalid_parameter'],
  ['ai/drift?from=yesterday', 400, 'invalid_time'],
  ['ai/drift?from=2026-02-01&to=2026-01-01', 422, 'invalid_range'],
  ['ai/drift?from=1970-01-01&to=2199-01-01', 422, 'range_too_large'],
  ['ai/drift?measure=latency_ms&measure=confidence', 400, 'repeated_parameter'],
  ['ai/drift?kind=ai_drift', 400, 'unknown_parameter'],
  ['alerts?state=open', 400, 'invalid_parameter'],
  ['alerts?severity=CRITICAL', 400, 'invalid_parameter'],
  ['alerts?kind=', 400, 'invalid_parameter'],
  ['alerts?limit=0', 400, 'invalid_parameter'],
  ['alerts?to=never', 400, 'invalid_time'],
  ['alerts?from=2026-01-01&to=2026-01-01', 422, 'invalid_range'],
  ['alerts?model=a', 400, 'unknown_parameter'],
])('%s', async (path, status, code) => {
  const before = api.asked.length;
  expect(await ask(path)).toEqual({ status, code });
  expect(api.asked.length).toBe(before);
});

it('reach ClickHouse beside the query only, never in it', async () => {
  const evil = "x' OR 1=1 --";
  for (const path of [`ai/drift?version=${evil}`, `alerts?kind=${evil}`]) {
    const before = api.asked.length;
    expect((await ask(path)).status).toBe(200);
    const asked = api.asked.slice(before);
    expect(asked.some(({ values }) => JSON.stringify(values).includes('OR 1=1'))).toBe(true);
    for (const { query } of asked) expect(query).not.toContain('OR 1=1');
  }
  expect(await ask(`ai/drift?model=${evil}`)).toEqual({ status: 404, code: 'unknown_model' });
});

it('every role may know how models do', async () => {
  for (const path of ['ai/drift', 'alerts'])
    for (const role of ['analyst', 'operator', 'admin'] as const)
      expect((await ask(path, api.addKey(role))).status).toBe(200);
});
