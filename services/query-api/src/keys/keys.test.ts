import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let admin: string;
const queries: (readonly unknown[])[] = [];
beforeAll(async () => {
  const query = async (_text: string, values: unknown[] = []) => {
    queries.push(values);
    return { rows: [], rowCount: 0 };
  };
  api = await startTestApi({ database: { query, transaction: (work) => work({ query }) } });
  admin = api.addKey('admin');
});
afterAll(() => api.close());

async function ask(method: string, path: string, body?: unknown, key = admin) {
  const response = await fetch(`${api.url}/api/v1/keys${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
}

describe('keys over HTTP', () => {
  it.each([
    [{}],
    [{ kind: 'api', name: 'a' }],
    [{ kind: 'api', name: 'a', role: 'producer' }],
    [{ kind: 'api', name: 'a', role: ['admin'] }],
    [{ kind: 'api', name: 'A b', role: 'analyst' }],
    [{ kind: 'api', name: "x'; DROP TABLE fineprint.api_keys; --", role: 'analyst' }],
    [{ kind: 'api', name: 'a'.repeat(65), role: 'analyst' }],
    [{ kind: 'api', name: 'a', role: 'analyst', expires_at: '2020-01-01T00:00:00Z' }],
    [{ kind: 'api', name: 'a', role: 'analyst', expires_at: 'tomorrow' }],
    [{ kind: 'api', name: 'a', role: 'analyst', expires_at: 99_999_999_999_999 }],
    [{ kind: 'api', name: 'a', role: 'analyst', datasets: [] }],
    [{ kind: 'api', name: 'a', role: 'analyst', datasets: ['pg_shadow'] }],
    [{ kind: 'api', name: 'a', role: 'analyst', key: 'fpa_mine' }],
    [{ kind: 'write', name: 'a', role: 'analyst' }],
    [{ kind: 'write', name: 'a', allowed_origins: ['no origin'] }],
    [{ kind: 'write', name: 'a', allowed_origins: ['https://a.example/path'] }],
    [{ kind: 'root', name: 'a' }],
    ['fpa_'],
    [null],
  ])('are not made of %j', async (body) => {
    const before = queries.length;
    expect(await ask('POST', '', body)).toMatchObject({ status: 422, body: { code: 'invalid_body' } });
    expect(queries.length).toBe(before);
  });

  it('are made of a name and a role, and shown once', async () => {
    const { status, body } = await ask('POST', '', { kind: 'api', name: 'anna', role: 'privacy_officer' });
    expect([status, Object.keys(body)]).toEqual([201, ['id', 'key']]);
    expect(body['key']).toMatch(/^fpa_[\w-]{43}$/);
    expect(JSON.stringify(queries)).not.toContain(body['key']);
    const write = await ask('POST', '', {
      kind: 'write',
      name: 'web',
      allowed_origins: ['https://a.example'],
    });
    expect(write.body['key']).toMatch(/^fpk_[\w-]{43}$/);
  });

  it.each([
    ['?limit=0', 400],
    ['?limit=1001', 400],
    ['?limit=1e2', 400],
    ['?after=1', 400],
    ["?after=' OR 1=1", 400],
    ['?state=sleeping', 400],
    ['?kind=root', 400],
    ['?name=anna', 400],
    ['?kind=api&kind=write', 400],
    ['?state=all&kind=write&limit=1000', 200],
  ])('are listed by %s: %s', async (query, status) => {
    expect((await ask('GET', query)).status).toBe(status);
  });

  it.each([
    ['not-an-id', 400],
    ["6f1c' OR '1'='1", 400],
    ['00000000-0000-4000-8000-000000000000', 404],
  ])('are revoked by id only: %s', async (id, status) => {
    expect((await ask('DELETE', `/${encodeURIComponent(id)}`)).status).toBe(status);
  });

  it.each(['analyst', 'operator', 'privacy_officer'] as const)('are nothing of the role %s', async (role) => {
    const key = api.addKey(role);
    expect((await ask('GET', '', undefined, key)).status).toBe(403);
    expect((await ask('POST', '', { kind: 'api', name: 'me', role: 'admin' }, key)).status).toBe(403);
    expect((await ask('DELETE', '/00000000-0000-4000-8000-000000000000', undefined, key)).status).toBe(403);
  });
});
