import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../postgres/database.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const answer = (rows: unknown[]) => ({ rows, rowCount: rows.length });
const day = (n: number) => new Date(Date.UTC(2026, 0, n));
const database: Database = {
  async query(text, values = []) {
    if (text.includes('period_start DESC')) {
      const row = {
        id: 'weekly-2026-01-05',
        kind: 'weekly',
        period_start: day(5),
        period_end: day(12),
        created_at: day(12),
      };
      return answer([row, { ...row, id: 'weekly-2025-12-29' }]);
    }
    return answer(values[0] === 'weekly-2026-01-05' ? [{ text: '<!doctype html>' }] : []);
  },
  transaction: () => Promise.reject(new Error('none')),
};

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ database });
});
afterAll(() => api.close());

async function ask(path: string, key = api.key, accept = '*/*') {
  const headers = { authorization: `Bearer ${key}`, accept };
  const response = await fetch(`${api.url}/api/v1/reports${path}`, { headers });
  const text = await response.text();
  const code = text.startsWith('{') ? ((JSON.parse(text) as { code?: string }).code ?? '') : '';
  return { status: response.status, code, text, headers: response.headers };
}

it.each([
  ['?kind=daily', 400, 'invalid_parameter'],
  ['?limit=0', 400, 'invalid_parameter'],
  ['?limit=201', 400, 'invalid_parameter'],
  ['?after=x', 400, 'unknown_parameter'],
  ['/weekly', 400, 'invalid_parameter'],
  ["/weekly-2026-01-05'--", 400, 'invalid_parameter'],
  ['/..%2Fkeys', 400, 'invalid_parameter'],
  ['/weekly-2026-01-05?format=pdf', 400, 'invalid_parameter'],
  ['/monthly-2026-01-01', 404, 'unknown_report'],
])('%s', async (path, status, code) => {
  expect(await ask(path)).toMatchObject({ status, code });
});

it('lists a page at a time', async () => {
  const { text } = await ask('?limit=1');
  expect(JSON.parse(text)).toEqual({
    reports: [
      {
        id: 'weekly-2026-01-05',
        kind: 'weekly',
        from: '2026-01-05T00:00:00.000Z',
        to: '2026-01-12T00:00:00.000Z',
        created_at: '2026-01-12T00:00:00.000Z',
      },
    ],
    next_offset: 1,
  });
});

it('shows the page under a policy that lets it load nothing', async () => {
  const page = await ask('/weekly-2026-01-05');
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'/,
  );
  const csv = await ask('/weekly-2026-01-05?format=csv');
  expect(csv.headers.get('content-disposition')).toContain('weekly-2026-01-05.csv');
  expect(await ask('/weekly-2026-01-05', api.key, 'application/json')).toMatchObject({ status: 406 });
});

it('is for analysts and admins', async () => {
  for (const path of ['', '/weekly-2026-01-05']) {
    expect((await ask(path, api.addKey('operator'))).code).toBe('forbidden');
    expect((await ask(path, api.addKey('admin'))).status).toBe(200);
  }
});
