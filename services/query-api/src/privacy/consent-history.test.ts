import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const DAY_MS = 86_400_000;
const at = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS);
const row = (daysAgo: number, categories: object, change: object = {}) => ({
  event_id: `01890a5d-ac96-774b-bcce-${String(daysAgo).padStart(12, '0')}`,
  user_id: 'ada/1',
  anonymous_id: null,
  event_at: at(daysAgo),
  received_at: at(daysAgo),
  categories,
  jurisdiction: 'GDPR',
  method: 'banner',
  policy_version: '1',
  expires_at: null,
  source: 'web',
  properties: '{"button":"save"}',
  ...change,
});
const ROWS = [
  row(1, { marketing: false }, { anonymous_id: 'device' }),
  row(2, { analytics: true, marketing: true }, { expires_at: at(-1) }),
  row(3, { ai: true }, { expires_at: at(2) }),
];

let api: TestApi;
let asked: unknown[][];
beforeEach(async () => {
  asked = [];
  const query = async (_text: string, values: unknown[] = []) => {
    asked.push(values);
    const [subject, , limit, offset] = values as [string, string, number, number];
    const rows = subject === 'ada/1' ? ROWS.slice(offset, offset + limit) : [];
    return { rows, rowCount: rows.length };
  };
  api = await startTestApi({ database: { query, transaction: () => Promise.reject(new Error('not used')) } });
});
afterEach(() => api.close());

async function get(path: string, key = api.addKey('privacy_officer')) {
  const response = await fetch(`${api.url}/api/v1/privacy/consent${path}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const body = (await response.json()) as Record<string, unknown> & { records: { categories: object }[] };
  return { status: response.status, body };
}

describe('what a person consented to', () => {
  it('is told with what counts now, page by page', async () => {
    const { status, body } = await get('/ada%2F1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      subject: 'ada/1',
      in_force: { analytics: 'granted', marketing: 'denied', ai: 'unknown' },
      next_offset: null,
    });
    expect(body.records).toHaveLength(3);
    expect(body.records[0]).toMatchObject({
      ...{ user_id: 'ada/1', anonymous_id: 'device', categories: { marketing: false }, source: 'web' },
      ...{ proof: { button: 'save' }, jurisdiction: 'GDPR', expires_at: null },
    });
    const page = await get('/ada%2F1?limit=1&offset=1&kind=user');
    expect(page.body).toMatchObject({ in_force: body['in_force'], next_offset: 2 });
    expect(page.body.records.map((r) => r.categories)).toEqual([{ analytics: true, marketing: true }]);
    expect(asked.at(-1)).toEqual(['ada/1', 'user', 2, 1]);
  });

  it('of somebody who said nothing is nothing', async () => {
    const nothing = { analytics: 'unknown', marketing: 'unknown', ai: 'unknown' };
    expect(await get("/x'%20OR%201=1--")).toMatchObject({
      status: 200,
      body: { in_force: nothing, records: [] },
    });
    expect(asked[0]?.[0]).toBe("x' OR 1=1--");
  });

  it('is for privacy officers and admins', async () => {
    for (const role of ['analyst', 'operator'] as const)
      expect(await get('/u', api.addKey(role))).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await get('/u', api.addKey('admin'))).status).toBe(200);
    expect(await get('/u', 'fpk_x')).toMatchObject({ status: 401 });
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['/u?kind=both', 'invalid_parameter'],
    ['/u?limit=0', 'invalid_parameter'],
    ['/u?limit=501', 'invalid_parameter'],
    ['/u?limit=1;DROP', 'invalid_parameter'],
    ['/u?offset=99999999999', 'invalid_parameter'],
    ['/u?since=1', 'unknown_parameter'],
    [`/${'u'.repeat(256)}`, 'invalid_parameter'],
    ['/a%00b', 'invalid_parameter'],
    ['/a%0Ab', 'invalid_parameter'],
  ])('%s is refused before Postgres is asked', async (path, code) => {
    const { status, body } = await get(path);
    expect([status, body['code'], asked]).toEqual([400, code, []]);
  });
});
