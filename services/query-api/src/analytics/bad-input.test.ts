import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { analyticsEndpoints } from './endpoints.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function ask(path: string, key = api.key): Promise<{ status: number; code: string }> {
  const url = `${api.url}/api/v1/analytics/${path}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const { code = '' } = (await response.json()) as { code?: string };
  return { status: response.status, code };
}

describe('parameters', () => {
  it.each([
    ['retention?period=year', 400, 'invalid_parameter'],
    ['retention?mode=n_week', 400, 'invalid_parameter'],
    ['retention?periods=0', 400, 'invalid_parameter'],
    ['retention?periods=101', 400, 'invalid_parameter'],
    ['retention?mode=bracket', 400, 'missing_parameter'],
    ['retention?brackets=0-1', 400, 'invalid_parameter'],
    ['retention?mode=bracket&brackets=3-1', 400, 'invalid_parameter'],
    ['retention?mode=bracket&brackets=0-999', 400, 'invalid_parameter'],
    ['retention?mode=bracket&brackets=0-1;DROP', 400, 'invalid_parameter'],
    [`retention?mode=bracket&brackets=${Array(31).fill('0-1').join(',')}`, 400, 'invalid_parameter'],
    ['retention?start_kind=click', 400, 'invalid_parameter'],
    ['retention?start_event=', 400, 'invalid_parameter'],
    [`retention?start_event=${'x'.repeat(257)}`, 400, 'invalid_parameter'],
    ['retention?as_of=tomorrow', 400, 'invalid_time'],
    ['retention?from=2026-02-01&to=2026-01-01', 422, 'invalid_range'],
    ['retention?period=day&from=2020-01-01&to=2026-01-01', 422, 'range_too_large'],
    ['retention?user_id=jane', 400, 'unknown_parameter'],
    ['lifetime-value?currency=euro', 400, 'invalid_parameter'],
    ['lifetime-value?periods=1e9', 400, 'invalid_parameter'],
    ['lifetime-value?period=day&from=1970-01-01', 422, 'range_too_large'],
    ['journeys?direction=back', 400, 'invalid_parameter'],
    ['journeys?direction=to', 400, 'missing_parameter'],
    ['journeys?steps=1', 400, 'invalid_parameter'],
    ['journeys?steps=21', 400, 'invalid_parameter'],
    ['journeys?limit=501', 400, 'invalid_parameter'],
    ['journeys?event=a&event=b', 400, 'repeated_parameter'],
    ['journeys?from=1970-01-01&to=2199-01-01', 422, 'range_too_large'],
    ['adoption', 400, 'missing_parameter'],
    ['adoption?feature=a%00b', 400, 'invalid_parameter'],
    ['adoption?kind=use', 400, 'invalid_parameter'],
    ['stickiness?from=2024-01-01&to=2026-01-01', 422, 'range_too_large'],
    ['activity?grain=hour', 400, 'invalid_parameter'],
    ['activity?grain=quarter_hour&from=2026-01-01&to=2026-06-01', 422, 'range_too_large'],
    ['activity?from=2026-02-01&to=2026-01-01', 422, 'invalid_range'],
    ['activity?from=1e99', 400, 'invalid_time'],
    ["activity?grain=day'--", 400, 'invalid_parameter'],
    ['churn?horizon_days=0', 400, 'invalid_parameter'],
    ['churn?horizon_days=181', 400, 'invalid_parameter'],
    ['churn?limit=201', 400, 'invalid_parameter'],
    ['churn?kind=visit', 400, 'invalid_parameter'],
    ['churn?as_of=never', 400, 'invalid_time'],
    ['stickiness?from=2026-01-01&to=2026-01-01', 422, 'invalid_range'],
  ])('%s', async (path, status, code) => {
    const before = api.asked.length;
    expect(await ask(path)).toEqual({ status, code });
    expect(api.asked.length).toBe(before);
  });

  it('reach ClickHouse beside the query only, never in it', async () => {
    const evil = "x' OR 1=1 --";
    const paths = [
      `retention?start_event=${evil}&return_event=${evil}`,
      `lifetime-value?start_event=${evil}`,
    ];
    for (const path of paths) {
      const before = api.asked.length;
      // Asked of no rows at all: an aggregate that has none is our own mistake.
      expect([200, 500], path).toContain((await ask(path)).status);
      const asked = api.asked.slice(before);
      expect(asked.some(({ values }) => JSON.stringify(values).includes('OR 1=1'))).toBe(true);
      for (const { query } of asked) expect(query).not.toContain('OR 1=1');
    }
  });
});

it('is for analysts and admins', async () => {
  const [operator, admin] = [api.addKey('operator'), api.addKey('admin')];
  for (const { path } of analyticsEndpoints) {
    const name = path.slice('/api/v1/analytics/'.length);
    expect((await ask(`${name}?nonsense=1`, operator)).status, name).toBe(403);
    expect((await ask(`${name}?nonsense=1`, admin)).status, name).toBe(400);
  }
});
