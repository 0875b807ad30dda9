import { createRequestHash } from '@fineprint/privacy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Role } from '../keys/api-key.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const PATH = '/api/v1/privacy/requests';
const ID = '01890a5d-ac96-774b-bcce-000000000001';
const KEY = 'a key of this test';

let api: TestApi;
let bare: TestApi;
let keys: Partial<Record<Role, string>>;
beforeAll(async () => {
  const privacy = { key: KEY, requestHash: createRequestHash(KEY), archive: null };
  api = await startTestApi({ privacy });
  bare = await startTestApi();
  const roles = ['operator', 'privacy_officer', 'admin'] as const;
  keys = { analyst: api.key };
  for (const role of roles) keys[role] = api.addKey(role);
});
afterAll(() => Promise.all([api.close(), bare.close()]));

async function ask(method: string, path: string, role: Role = 'privacy_officer', body?: unknown) {
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${keys[role]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as { code?: string; errors?: { parameter: string }[] };
  return [response.status, answer.code, ...(answer.errors ?? []).map((e) => e.parameter)];
}

const sound = { kind: 'erasure', user_id: 'ada', identity_check: 'signed in' };
const post = (change: object) => ask('POST', PATH, 'privacy_officer', { ...sound, ...change });

it.each<[string, object, string]>([
  ['another kind', { kind: 'forget' }, 'kind'],
  ['nobody', { user_id: null }, 'user_id'],
  ['an empty id', { user_id: '' }, 'user_id'],
  ['a number for an id', { anonymous_id: 7 }, 'anonymous_id'],
  ['a list of ids', { user_id: ['ada'] }, 'user_id'],
  ['an id of 256 characters', { user_id: 'x'.repeat(256) }, 'user_id'],
  ['a control character', { user_id: 'a\u0000b' }, 'user_id'],
  ['another regulation', { regulation: 'hipaa' }, 'regulation'],
  ['no check of identity', { identity_check: undefined }, 'identity_check'],
  ['a long note', { identity_check: 'x'.repeat(501) }, 'identity_check'],
  ['an unknown field', { all_users: true }, ''],
])('refuses %s', async (_what, change, parameter) => {
  expect(await post(change)).toEqual([422, 'invalid_body', parameter]);
});

it('what is sound is Postgres’ to answer, SQL in an id included', async () => {
  expect(await post({ user_id: "x'; DROP TABLE fineprint.privacy_requests;--" })).toEqual([
    503,
    'postgres_unavailable',
  ]);
});

it.each<[string, number, string]>([
  ['?state=lost', 400, 'invalid_parameter'],
  ['?kind=all', 400, 'invalid_parameter'],
  ['?limit=0', 400, 'invalid_parameter'],
  ['?limit=1001', 400, 'invalid_parameter'],
  ['?offset=-1', 400, 'invalid_parameter'],
  ['?offset=99999999999999999999', 400, 'invalid_parameter'],
  ['?user_id=ada', 400, 'unknown_parameter'],
  ['/1', 400, 'invalid_parameter'],
  ['/..%2F..%2Fetc/archive', 400, 'invalid_parameter'],
  [`/${ID}/archive?x=1`, 400, 'unknown_parameter'],
  [`/${ID}/receipt`, 503, 'postgres_unavailable'],
])('refuses %s', async (path, status, code) => {
  expect((await ask('GET', PATH + path)).slice(0, 2)).toEqual([status, code]);
});

it('is for privacy officers and admins', async () => {
  for (const path of ['', `/${ID}`, `/${ID}/archive`, `/${ID}/receipt`]) {
    for (const role of ['analyst', 'operator'] as const)
      expect(await ask('GET', PATH + path, role)).toEqual([403, 'forbidden']);
    expect(await ask('GET', PATH + path, 'admin')).toEqual([503, 'postgres_unavailable']);
  }
  expect(await ask('POST', PATH, 'analyst', sound)).toEqual([403, 'forbidden']);
  expect(await ask('DELETE', `${PATH}/${ID}`, 'admin')).toEqual([405, 'method_not_allowed']);
});

it('without a key nothing is taken', async () => {
  const response = await fetch(bare.url + PATH, {
    method: 'POST',
    headers: { authorization: `Bearer ${bare.addKey('admin')}`, 'content-type': 'application/json' },
    body: JSON.stringify(sound),
  });
  expect(await response.json()).toMatchObject({ status: 503, code: 'privacy_not_configured' });
});
