import { afterEach, describe, expect, it } from 'vitest';
import type { Database } from '../postgres/database.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const HOUR_MS = 3_600_000;
const definition = (third: string) => ({
  name: 'checkout',
  windowMs: HOUR_MS,
  steps: [{ event: 'view' }, { event: 'cart' }, { event: third }],
});
const none = { counted_version: null, counted_definition: null, level: null, steps: null, step_times: null };
const nothing = {
  ...none,
  entered_at: null,
  reached_at: null,
  open_until: null,
  exact: null,
  updated_at: null,
};
const nobody = { person: 'u:ann', version: 2, definition: definition('buy'), ...nothing };
const at = (ms: number) => new Date(ms);
const row = {
  ...nobody,
  counted_version: 2,
  counted_definition: definition('buy'),
  level: 2,
  steps: ['view', 'cart'],
  step_times: [at(1_000), at(2_000)],
  entered_at: at(1_000),
  reached_at: at(2_000),
  open_until: at(1_000 + HOUR_MS),
  exact: true,
  updated_at: at(5_000),
};

let api: TestApi;
let asked: (unknown[] | undefined)[];
afterEach(() => api.close());

async function start(rows: object[] = []): Promise<void> {
  asked = [];
  const query: Database['query'] = async (_text, values) => {
    asked.push(values);
    return { rows, rowCount: rows.length };
  };
  api = await startTestApi({ database: { query, transaction: (work) => work({ query }) } });
}

async function ask(path: string, key = api.key) {
  const response = await fetch(`${api.url}/api/v1/product/funnel/${path}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const body = (await response.json()) as Record<string, unknown>;
  return {
    status: response.status,
    code: body['code'] ?? '',
    body,
    caching: response.headers.get('cache-control'),
  };
}

describe('funnel progress', () => {
  it('tells each step with its time, and what became of the person by now', async () => {
    await start([row]);
    const { status, body, caching } = await ask('checkout/progress?user_id=ann');
    expect(status).toBe(200);
    expect(caching).toMatch(/no-store/);
    expect(body).toEqual({
      funnel: 'checkout',
      user_id: 'ann',
      anonymous_id: null,
      status: 'dropped',
      level: 2,
      step_count: 3,
      steps: [
        { order: 1, step: 'view', reached_at: '1970-01-01T00:00:01.000Z' },
        { order: 2, step: 'cart', reached_at: '1970-01-01T00:00:02.000Z' },
        { order: 3, step: 'buy', reached_at: null },
      ],
      entered_at: '1970-01-01T00:00:01.000Z',
      reached_at: '1970-01-01T00:00:02.000Z',
      open_until: '1970-01-01T01:00:01.000Z',
      exact: true,
      definition_version: 2,
      version_in_force: 2,
      updated_at: '1970-01-01T00:00:05.000Z',
    });
    expect(asked).toEqual([['checkout', 'u:ann']]);
  });

  it.each([
    ['not_entered', nobody],
    ['not_entered', { ...row, level: 0, steps: [], step_times: [], open_until: null }],
    ['in_progress', { ...row, open_until: at(Date.now() + HOUR_MS) }],
    ['dropped', { ...row, open_until: at(Date.now() - 1) }],
    ['converted', { ...row, level: 3, open_until: null }],
  ])('is %s', async (status, found) => {
    await start([found]);
    expect((await ask('checkout/progress?anonymous_id=x')).body).toMatchObject({ status });
    expect(asked).toEqual([['checkout', 'a:x']]);
  });

  it('shows the steps of the version that was counted by, while a new one is not', async () => {
    await start([{ ...row, counted_version: 1, counted_definition: definition('pay') }]);
    expect((await ask('checkout/progress?user_id=ann')).body).toMatchObject({
      definition_version: 1,
      version_in_force: 2,
      steps: [{ step: 'view' }, { step: 'cart' }, { step: 'pay' }],
    });
  });

  it.each([
    ['checkout/progress', 400, 'missing_parameter'],
    ['checkout/progress?user_id=', 400, 'invalid_parameter'],
    ['checkout/progress?user_id=a&anonymous_id=b', 400, 'invalid_parameter'],
    ['checkout/progress?user_id=a&user_id=b', 400, 'repeated_parameter'],
    [`checkout/progress?user_id=${'x'.repeat(256)}`, 400, 'invalid_parameter'],
    ['checkout/progress?user_id=a%00b', 400, 'invalid_parameter'],
    ['checkout/progress?user=a', 400, 'unknown_parameter'],
    [`${'x'.repeat(101)}/progress?user_id=a`, 400, 'invalid_parameter'],
    ['a%00/progress?user_id=a', 400, 'invalid_parameter'],
  ])('refuses %s', async (path, status, code) => {
    await start();
    expect(await ask(path)).toMatchObject({ status, code });
    expect(asked).toEqual([]);
  });

  it('of a funnel that is not there is unknown, whatever its name says', async () => {
    await start();
    const name = encodeURIComponent("x' OR 1=1; --");
    expect(await ask(`${name}/progress?user_id=${name}`)).toMatchObject({
      status: 404,
      code: 'unknown_funnel',
    });
    expect(asked).toEqual([["x' OR 1=1; --", "u:x' OR 1=1; --"]]);
  });

  it('is for those who may see people', async () => {
    await start([row]);
    const path = 'checkout/progress?user_id=ann';
    expect(await ask(path, api.addKey('operator'))).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await ask(path, api.addKey('admin'))).status).toBe(200);
  });
});
