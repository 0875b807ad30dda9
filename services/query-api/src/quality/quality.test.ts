import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const STORED = {
  result_id: '6e1f7c70-0d7c-5a3e-9f5d-2f7a2a6f0b11',
  slot: Date.UTC(2026, 0, 5, 6),
  rule: 'r',
  dataset: 'product_events',
  kind: 'completeness',
  severity: 'warning',
  status: 'fail',
  rows_checked: 10,
  bad_rows: 2,
  value: 0.2,
  threshold: 0.1,
  window_start: Date.UTC(2026, 0, 5),
  window_end: Date.UTC(2026, 0, 5, 6),
  sample_event_ids: ['a'],
  details: '{"hours":1}',
  evaluated_at: Date.UTC(2026, 0, 5, 6),
};
let api: TestApi;
beforeAll(async () => {
  const rules = ['a', 'b', 'c'].map((name) => ({ name, definition: {}, raised_at: null, result: STORED }));
  const query = async () => ({ rows: rules.slice(0, 2), rowCount: 2 });
  api = await startTestApi({
    rows: async ({ query: text }) =>
      text.includes('quality_checks') ? [STORED, STORED] : [{ parts: 1, version: 'v' }],
    database: { query, transaction: (work) => work({ query }) },
  });
});
afterAll(() => api.close());

async function ask(path: string, key = api.key) {
  const response = await fetch(`${api.url}/api/v1/quality/${path}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it.each<[string, number, string]>([
  ['results?status=bad', 400, 'invalid_parameter'],
  ['results?dataset=system.users', 400, 'invalid_parameter'],
  ['results?kind=beauty', 400, 'invalid_parameter'],
  ['results?rule=', 400, 'invalid_parameter'],
  ['results?limit=1001', 400, 'invalid_parameter'],
  ['results?offset=1e3', 400, 'invalid_parameter'],
  ['results?from=yesterday', 400, 'invalid_time'],
  ['results?from=2026-02-01&to=2026-01-01', 422, 'invalid_range'],
  ['results?from=1970-01-01&to=2199-01-01', 422, 'range_too_large'],
  ['results?value=1', 400, 'unknown_parameter'],
  ['rules?limit=0', 400, 'invalid_parameter'],
  ['rules?after=a&after=b', 400, 'repeated_parameter'],
])('refuses %s', async (path, status, code) => {
  const answered = await ask(path);
  expect([answered.status, answered.body['code']]).toEqual([status, code]);
});

it('answers results and rules in pages, to every role', async () => {
  const expected = {
    slot: '2026-01-05T06:00:00.000Z',
    window: { from: '2026-01-05T00:00:00.000Z', to: '2026-01-05T06:00:00.000Z' },
    details: { hours: 1 },
    sample_event_ids: ['a'],
  };
  for (const key of [api.key, api.addKey('operator'), api.addKey('admin')]) {
    expect(await ask('results?limit=1', key)).toMatchObject({
      status: 200,
      body: { results: [expected], next_offset: 1 },
    });
    expect(await ask('rules?limit=1', key)).toMatchObject({
      status: 200,
      body: { rules: [{ name: 'a', alert_raised_at: null, last: expected }], next_after: 'a' },
    });
  }
});

it('what is asked for reaches ClickHouse beside the query only', async () => {
  await ask(`results?rule=${encodeURIComponent("x' OR 1=1 --")}`);
  const asked = api.asked.filter((q) => JSON.stringify(q.values).includes('OR 1=1'));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.query).not.toContain('OR 1=1');
});
