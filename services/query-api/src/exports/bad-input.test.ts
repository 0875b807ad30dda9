import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const COLUMNS = [
  { name: 'event_id', type: 'UUID' },
  { name: 'event_name', type: 'LowCardinality(String)' },
  { name: 'conversion_value', type: 'Nullable(Float64)' },
];

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    rows: async ({ query }) => (query.includes('system.columns') ? COLUMNS : [{ n: 3 }]),
  });
});
afterAll(() => api.close());

async function ask(path: string, headers: Record<string, string> = {}, key = api.key) {
  const response = await fetch(`${api.url}/api/v1/exports${path}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  const text = await response.text();
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  return {
    status: response.status,
    code: isProblem ? (JSON.parse(text) as { code: string }).code : '',
    response,
  };
}

it.each([
  ['/users', 404, 'unknown_dataset'],
  ['/system.users', 404, 'unknown_dataset'],
  ['/product_events%20UNION%20ALL%20SELECT%201', 404, 'unknown_dataset'],
  ['/write_keys', 404, 'unknown_dataset'],
  ['/product_events?format=xlsx', 400, 'invalid_parameter'],
  ['/product_events?from=never', 400, 'invalid_time'],
  ['/product_events?from=2026-02-01&to=2026-01-01', 422, 'invalid_range'],
  ['/product_events?columns=', 400, 'invalid_parameter'],
  ['/product_events?columns=event_id,event_id', 400, 'invalid_parameter'],
  ['/product_events?columns=_offset', 400, 'invalid_parameter'],
  ["/product_events?columns=event_id,now()'", 400, 'invalid_parameter'],
  ['/product_events?limit=0', 400, 'invalid_parameter'],
  ['/product_events?limit=1000000001', 400, 'invalid_parameter'],
  ['/product_events?limit=1e3', 400, 'invalid_parameter'],
  ['/product_events?spreadsheet_safe=yes', 400, 'invalid_parameter'],
  ['/product_events?name=a%00b', 400, 'invalid_parameter'],
  ['/product_events?name=a&name=b', 400, 'repeated_parameter'],
  ['/product_events?where=1', 400, 'unknown_parameter'],
  ['/ai_feedback?name=x', 400, 'unknown_parameter'],
  ['?format=csv', 400, 'unknown_parameter'],
])('%s', async (path, status, code) => {
  expect(await ask(path)).toMatchObject({ status, code });
});

it('keeps values out of the query, and makes texts of a CSV safe but no others', async () => {
  const evil = "x' OR 1=1 --";
  await ask(`/product_events?format=csv&name=${encodeURIComponent(evil)}&from=2026-01-01&limit=5`);
  const csv = api.asked.at(-1);
  expect(csv?.values).toMatchObject({ name: evil, from: Date.UTC(2026, 0, 1), limit: 5 });
  expect(csv?.query).not.toContain('OR 1=1');
  expect(csv?.query).toContain('if(match(`event_name`');
  expect(csv?.query).toContain('toString(`event_id`) AS `event_id`, if(match(');
  await ask('/product_events?format=csv&spreadsheet_safe=false&columns=event_name');
  expect(api.asked.at(-1)?.query).toBe('SELECT `event_name` FROM (SELECT * FROM fineprint.product_events)');
  await ask('/product_events?format=jsonl&columns=conversion_value,event_name');
  expect(api.asked.at(-1)?.query).toContain('SELECT `conversion_value`, `event_name` FROM');
});

it('says what the file is, and on HEAD sends none', async () => {
  const path = '/product_events?format=jsonl&from=2026-01-01&to=2026-02-01&expect_rows=true';
  const { response } = await ask(path);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  expect(response.headers.get('content-disposition')).toBe(
    'attachment; filename="product_events_2026-01-01_2026-02-01.jsonl"',
  );
  expect(response.headers.get('x-export-expected-rows')).toBe('3');
  expect(response.headers.get('trailer')).toBe('X-Export-Rows, X-Export-Sha256');
  const before = api.asked.length;
  const head = await fetch(`${api.url}/api/v1/exports/product_events`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${api.key}` },
  });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(api.asked.slice(before).every(({ query }) => query.includes('system.columns'))).toBe(true);
  expect(await ask('/product_events?format=parquet', { accept: 'text/html' })).toMatchObject({
    status: 406,
    code: 'not_acceptable',
  });
});

it('is for analysts and admins', async () => {
  expect((await ask('/product_events', {}, api.addKey('admin'))).status).toBe(200);
  for (const path of ['', '/product_events', '/nonsense'])
    expect((await ask(path, {}, api.addKey('operator'))).code).toBe('forbidden');
});
