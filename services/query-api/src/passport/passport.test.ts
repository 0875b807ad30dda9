import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    rows: async ({ query, values }) => {
      if (!query.includes('fineprint.event_notes FINAL') || values['id'] !== ID) return [];
      return [
        {
          ...{ stage: 'ingest-gateway', kind: 'dead_lettered', reason: 'wrong_type', topic: null },
          ...{ partition: null, offset: null, types: [], paths: ['$.event_name'], noted_ms: 0 },
          ...{ dead_letter_id: null, total: 1 },
        },
      ];
    },
  });
});
afterAll(() => api.close());

async function ask(id: string, options: { query?: string; key?: string; method?: string } = {}) {
  const { query = '', key = api.key, method = 'GET' } = options;
  const response = await fetch(`${api.url}/api/v1/events/${id}/passport${query}`, {
    method,
    headers: key === '' ? {} : { authorization: `Bearer ${key}` },
  });
  const type = response.headers.get('content-type');
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as { code?: string; event_id?: string };
  return { status: response.status, code: body.code ?? '', type, body };
}

it.each([
  ['nonsense'],
  ['01890a5d-ac96-774b-bcce-b302099a805'],
  ['01890a5dac96774bbcceb302099a8057'],
  [`${ID}0`],
  [`${ID}%00`],
  [`${ID}%0A`],
  ['%7B01890a5d-ac96-774b-bcce-b302099a8057%7D'],
  [encodeURIComponent("' OR 1=1; --")],
  ['x'.repeat(4_000)],
  ['..%2f..%2fetc'],
  ['__proto__'],
])('refuses %s as an id, and asks nobody', async (id) => {
  const before = api.asked.length;
  expect(await ask(id)).toMatchObject({
    status: 400,
    code: 'invalid_parameter',
    type: 'application/problem+json',
  });
  expect(api.asked.length).toBe(before);
});

it('knows no parameters and no other method', async () => {
  expect(await ask(ID, { query: '?verbose=1' })).toMatchObject({ status: 400, code: 'unknown_parameter' });
  expect(await ask(ID, { method: 'DELETE' })).toMatchObject({ status: 405, code: 'method_not_allowed' });
});

it('of an unknown event is not there', async () => {
  const unknown = '11111111-1111-4111-8111-111111111111';
  expect(await ask(unknown)).toMatchObject({
    status: 404,
    code: 'unknown_event',
    type: 'application/problem+json',
  });
});

it('takes an id in either case, beside the query and never in it', async () => {
  const before = api.asked.length;
  expect(await ask(ID.toUpperCase())).toMatchObject({ status: 200, body: { event_id: ID } });
  const asked = api.asked.slice(before);
  expect(asked.length).toBeGreaterThan(1);
  for (const { query } of asked) expect(query).not.toContain(ID);
});

it('is for every role, and for nobody without a key', async () => {
  for (const role of ['analyst', 'operator', 'admin'] as const)
    expect((await ask(ID, { key: api.addKey(role) })).status).toBe(200);
  expect(await ask(ID, { key: '' })).toMatchObject({ status: 401, code: 'missing_credentials' });
  expect(await ask(ID, { key: 'fpa_wrong' })).toMatchObject({ status: 401 });
});
