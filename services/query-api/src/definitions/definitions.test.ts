import { afterEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';

let api: TestApi;
const start = async (options: TestApiOptions = {}) => {
  api = await startTestApi(options);
};
afterEach(() => api.close());

const FUNNELS = '/api/v1/analytics/funnels';
const SEGMENTS = '/api/v1/analytics/segments';
const funnel = (changes: object = {}) => ({
  windowMs: 60_000,
  steps: [{ event: 'view' }, { event: 'buy' }],
  ...changes,
});

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly found: string[] | undefined;
  readonly text: string;
}

async function send(path: string, body: unknown, method = 'PUT', key = api.key): Promise<Answer> {
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = JSON.parse(text) as { code?: string; errors?: { code: string; parameter: string }[] };
  const found = json.errors?.map((e) => `${e.code} ${e.parameter}`);
  return { status: response.status, code: json.code, found, text };
}

function nested(levels: number): object {
  let rule: object = { type: 'last_seen', event: 'x', op: 'lt', days: 1 };
  for (let i = 1; i < levels; i++) rule = { type: 'not', rules: [rule] };
  return { rule };
}

describe('a definition is refused with every place that is wrong', () => {
  it.each<[string, string, unknown, string[]]>([
    ['no object', FUNNELS, [1], ['not_an_object ']],
    ['null', FUNNELS, null, ['not_an_object ']],
    ['nothing in it', FUNNELS, {}, ['window_invalid windowMs', 'steps_invalid steps']],
    ['0 days', FUNNELS, funnel({ windowMs: 0 }), ['window_invalid windowMs']],
    ['1,000 years', FUNNELS, funnel({ windowMs: 3.2e13 }), ['window_invalid windowMs']],
    ['a window in words', FUNNELS, funnel({ windowMs: '7 days' }), ['window_invalid windowMs']],
    ['a misspelt field', FUNNELS, funnel({ widow: 1 }), ['unknown_field widow']],
    ['a strange field', FUNNELS, funnel({ '<b>': 1 }), ['unknown_field ?b?']],
    ['another name', FUNNELS, funnel({ name: 'other' }), ['name_mismatch name']],
    ['one step', FUNNELS, funnel({ steps: [{ event: 'a' }] }), ['steps_invalid steps']],
    [
      '21 steps',
      FUNNELS,
      funnel({ steps: Array.from({ length: 21 }, (_, i) => ({ event: `e${i}` })) }),
      ['steps_invalid steps'],
    ],
    [
      'a step cycle',
      FUNNELS,
      funnel({ steps: [{ event: 'a' }, { name: 'again', event: 'a' }] }),
      ['step_cycle steps[1]'],
    ],
    [
      'a repeat in any order',
      FUNNELS,
      funnel({ order: 'any', steps: [{ event: 'a' }, { event: 'b' }, { name: 'c', event: 'a' }] }),
      ['step_cycle steps[2]'],
    ],
    [
      'wrong kinds, orders and operators',
      FUNNELS,
      funnel({
        order: 'sideways',
        steps: [
          { kind: 'purchase' },
          { event: 'a', where: [{ path: '__proto__.x', op: '; DROP', value: 1 }] },
          { event: 7 },
        ],
      }),
      [
        'kind_unknown steps[0].kind',
        'path_invalid steps[1].where[0].path',
        'operator_unknown steps[1].where[0].op',
        'event_name_invalid steps[2].event',
      ],
    ],
    ['20 levels and one', SEGMENTS, nested(21), ['rule_too_deep rule']],
    ['1,000 levels', SEGMENTS, nested(1_000), ['rule_too_deep rule']],
    [
      '201 rules',
      SEGMENTS,
      { rule: { type: 'all', rules: Array(201).fill({}) } },
      ['rules_invalid rule.rules'],
    ],
    ['no rule', SEGMENTS, { rule: 'everybody' }, ['not_an_object rule']],
    [
      'a cohort of nobody',
      '/api/v1/analytics/cohorts',
      { rule: { type: 'acquired', fromMs: 2, toMs: 1 } },
      ['period_invalid rule.toMs'],
    ],
  ])('%s', async (_, path, body, expected) => {
    await start();
    const { status, code, found } = await send(`${path}/x`, body);
    expect({ status, code }).toEqual({ status: 422, code: 'invalid_body' });
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['100,000 levels of lists', '['.repeat(100_000) + ']'.repeat(100_000), 422, 'invalid_body'],
    ['no JSON', '{"windowMs":', 400, 'malformed_json'],
    ['a megabyte', JSON.stringify({ name: 'x'.repeat(1_000_000) }), 413, 'body_too_large'],
  ])('%s', async (_, body, status, code) => {
    await start();
    expect(await send(`${FUNNELS}/x`, body)).toMatchObject({ status, code });
  });

  it.each([
    ['x'.repeat(201), 400, 'invalid_parameter'],
    ['x'.repeat(101), 422, 'invalid_body'],
    ['%00', 400, 'invalid_parameter'],
    ['%20x', 422, 'invalid_body'],
    ['%ZZ', 400, 'bad_request'],
  ])('the name %s', async (name, status, code) => {
    await start();
    expect(await send(`${FUNNELS}/${name}`, funnel())).toMatchObject({ status, code });
  });
});

describe('events that nobody has sent', () => {
  it('are a warning, asked of ClickHouse beside the query', async () => {
    await start({ rows: async () => [{ event: 'view' }] });
    const { status, text } = await send(`${FUNNELS}/x?dry_run=true`, funnel());
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      kind: 'funnel',
      name: 'x',
      version: null,
      changed: null,
      dry_run: true,
      events_checked: true,
      warnings: [
        {
          code: 'event_unknown',
          parameter: 'steps[1].event',
          message: expect.stringContaining('check the spelling'),
        },
      ],
    });
    expect(api.asked[0]?.values).toEqual({ names: ['buy', 'view'] });
  });

  it('are not told where ClickHouse is away, or the names are too long to ask for', async () => {
    await start();
    const long = funnel({
      steps: Array.from({ length: 10 }, (_, i) => ({ name: `s${i}`, event: `${i}${'€'.repeat(250)}` })),
    });
    expect((await send(`${FUNNELS}/x?dry_run=true`, long)).text).toContain('"events_checked":false');
    expect(api.asked).toEqual([]);
  });
});

describe('roles', () => {
  it('operators read what is defined and change none of it', async () => {
    await start({
      database: { query: async () => ({ rows: [], rowCount: 0 }), transaction: () => Promise.reject() },
    });
    const operator = api.addKey('operator');
    for (const plural of ['funnels', 'cohorts', 'segments']) {
      const path = `/api/v1/analytics/${plural}`;
      expect(await send(path, undefined, 'GET', operator)).toMatchObject({ status: 200 });
      expect(await send(`${path}/x`, undefined, 'GET', operator)).toMatchObject({
        code: 'unknown_definition',
      });
      expect(await send(`${path}/x`, {}, 'PUT', operator)).toMatchObject({ status: 403, code: 'forbidden' });
      expect(await send(`${path}/x`, undefined, 'DELETE', operator)).toMatchObject({ status: 403 });
    }
    expect(await send(`${FUNNELS}/x`, undefined, 'DELETE', api.addKey('admin'))).toMatchObject({
      status: 404,
      code: 'unknown_definition',
    });
  });
});

it('as many in force as may be: the next is refused', async () => {
  await start({
    database: { query: async () => ({ rows: [], rowCount: 0 }), transaction: () => Promise.reject() },
  });
  expect(await send(`${FUNNELS}/x`, funnel())).toMatchObject({ status: 409, code: 'too_many_definitions' });
});

it.each(['limit=0', 'limit=501', 'limit=x', 'after=', 'offset=1', 'after=a&after=b'])(
  'a page by %s',
  async (query) => {
    await start();
    expect(await send(`${FUNNELS}?${query}`, undefined, 'GET')).toMatchObject({ status: 400 });
  },
);
