import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

async function ask(method: string, path: string, body?: unknown, key = api.key) {
  const response = await fetch(`${api.url}/api/v1/alerts${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = JSON.parse(text) as { code?: string; errors?: { parameter: string }[] };
  return {
    status: response.status,
    code: json.code,
    places: json.errors?.map((e) => e.parameter) ?? [],
    text,
  };
}

const rule = { metric: 'ai.error_rate', condition: { type: 'threshold', above: 0.1 } };
const receiver = { target: { type: 'webhook', url: 'https://a.example/x' } };
const silence = { matchers: [{ name: 'rule', is: ['r'] }], until: '2100-01-01T00:00:00Z', comment: 'why' };

describe('what makes no sense is refused with its place, before any store is asked', () => {
  it.each<[string, string, unknown, string]>([
    ['rules/r', 'no object', [1], ''],
    ['rules/r', 'no metric', { condition: rule.condition }, 'metric'],
    ['rules/r', 'SQL for a metric', { ...rule, metric: '1; DROP TABLE fineprint.alerts' }, 'metric'],
    ['rules/r', 'a misspelt field', { ...rule, windw_minutes: 5 }, ''],
    ['rules/r', 'a strange field', { ...rule, constructor: 1 }, ''],
    ['rules/r', 'another name', { ...rule, name: 'other' }, 'name'],
    ['rules/A%20b', 'a name that is none', rule, 'name'],
    ['rules/r', 'a huge window', { ...rule, window_minutes: 1e12 }, 'window_minutes'],
    ['rules/r', 'minutes in words', { ...rule, for_minutes: '5' }, 'for_minutes'],
    ['rules/r', 'a label of others', { ...rule, where: { user_id: 'x' } }, 'where'],
    ['rules/r', 'too many choices', { ...rule, where: { model: Array(51).fill('m') } }, 'where.model'],
    [
      'rules/r',
      'a burn rate of no share',
      { metric: 'ai.requests', condition: { type: 'burn_rate', objective: 0.9, factor: 2 } },
      'condition',
    ],
    ['rules/r', 'no number', { ...rule, condition: { type: 'threshold', above: '1' } }, 'condition.above'],
    ['receivers/r', 'no target', {}, 'target'],
    ['receivers/r', 'a file', { target: { type: 'webhook', url: 'file:///etc/passwd' } }, 'target.url'],
    [
      'receivers/r',
      'two mails in one',
      { target: { type: 'email', to: ['a@b.example,c@d.example'] } },
      'target.to[0]',
    ],
    [
      'receivers/r',
      'a header',
      { target: { type: 'email', to: ['a@b.example\nBcc: c@d.example'] } },
      'target.to[0]',
    ],
    [
      'receivers/r',
      'too many matchers',
      { ...receiver, match: Array(21).fill({ name: 'kind', is: ['x'] }) },
      'match',
    ],
    ['receivers/r', 'years of waiting', { ...receiver, group_wait_seconds: 1e9 }, 'group_wait_seconds'],
  ])('%s: %s', async (path, _what, body, place) => {
    const answer = await ask('PUT', `/${path}`, body, api.addKey('admin'));
    expect(answer).toMatchObject({ status: 422, code: 'invalid_body' });
    expect(answer.places).toContain(place);
    expect(answer.text).not.toMatch(/DROP|passwd|Bcc/);
  });

  it.each<[string, object, string]>([
    ['nothing covered', { ...silence, matchers: [] }, 'matchers'],
    ['no reason', { ...silence, comment: '' }, 'comment'],
    ['no end', { matchers: silence.matchers, comment: 'x' }, 'until'],
    ['an end that is no time', { ...silence, until: 'tomorrow' }, 'until'],
    ['an end before its beginning', { ...silence, from: '2100-01-02T00:00:00Z' }, ''],
    ['control characters', { ...silence, comment: 'a\u0007b' }, 'comment'],
  ])('a silence with %s', async (_what, body, place) => {
    const answer = await ask('POST', '/silences', body);
    expect(answer).toMatchObject({ status: 422, code: 'invalid_body' });
    expect(answer.places).toContain(place);
  });

  it.each([
    ['/rules?limit=0', 400, 'invalid_parameter'],
    ['/rules?limit=1e3', 400, 'invalid_parameter'],
    ['/rules?sort=name', 400, 'unknown_parameter'],
    ['/receivers?limit=501', 400, 'invalid_parameter'],
    ['/silences?all=maybe', 400, 'invalid_parameter'],
    ['/silences?offset=-1', 400, 'invalid_parameter'],
    ['/deliveries?state=lost', 400, 'invalid_parameter'],
    ["/deliveries?receiver=a'%3B--&receiver=b", 400, 'repeated_parameter'],
    ['/rules/r/test?from=yesterday', 400, 'invalid_time'],
  ])('GET %s', async (path, status, code) => {
    expect(await ask('GET', path)).toMatchObject({ status, code });
  });
});

it('roles: analysts write rules, operators silence, admins say who is told', async () => {
  const [operator, admin] = [api.addKey('operator'), api.addKey('admin')];
  const may = async (key: string, method: string, path: string, body: unknown) =>
    (await ask(method, path, body, key)).code !== 'forbidden';
  const seen = [];
  for (const key of [api.key, operator, admin])
    seen.push([
      await may(key, 'PUT', '/rules/r', rule),
      await may(key, 'PUT', '/receivers/r', receiver),
      await may(key, 'POST', '/silences', silence),
      await may(key, 'DELETE', '/receivers/r', undefined),
      await may(key, 'GET', '/rules', undefined),
    ]);
  expect(seen).toEqual([
    [true, false, true, false, true],
    [false, false, true, false, true],
    [true, true, true, true, true],
  ]);
});

it('says so where Postgres is away', async () => {
  for (const path of ['/rules', '/rules/r', '/receivers', '/silences', '/deliveries', '/rules/r/test'])
    expect(await ask('GET', path)).toMatchObject({ status: 503, code: 'postgres_unavailable' });
  expect(await ask('PUT', '/rules/r', rule)).toMatchObject({ status: 503 });
});
