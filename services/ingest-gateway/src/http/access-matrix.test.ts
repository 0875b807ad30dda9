import { keyForm } from '@fineprint/http-kit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeKeys } from '../keys/write-key.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { type GatewayRoute, gatewayRoutes } from './route-table.ts';

/** Every route × every kind of credential, from the table that the app itself is made of. */
vi.setConfig({ testTimeout: 60_000 });
const APP = 'https://app.example';
const EVIL = 'https://evil.example';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ adminToken: 'admin-token' });
});
afterAll(() => gateway.close());

type Headers = Readonly<Record<string, string>>;
const bearer = (credential: string): Headers => ({ authorization: `Bearer ${credential}` });
const sending = gatewayRoutes.filter(({ rule }) => rule.credential === 'write key');
const nameOf = ({ method, path }: GatewayRoute) => `${method} ${path}`;

async function ask({ method, path }: Pick<GatewayRoute, 'method' | 'path'>, headers: Headers, query = '') {
  const response = await fetch(gateway.url + path + query, {
    method,
    headers: { ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(method === 'POST' ? { body: '{"event_name":"x","nonsense":1}' } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    code: text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : undefined,
    isGuarded:
      response.headers.get('x-content-type-options') === 'nosniff' &&
      response.headers.get('x-frame-options') === 'DENY' &&
      response.headers.has('content-security-policy'),
  };
}

/** Who may not send: what they bring, and what they are told. */
async function strangers(): Promise<readonly (readonly [string, Headers, number, string])[]> {
  const revoked = gateway.addKey('was');
  await ask({ method: 'POST', path: '/api/v1/product/events' }, bearer(revoked)); // seen before it was revoked
  gateway.keyStore.delete(revoked);
  await ask({ method: 'POST', path: '/api/v1/product/events' }, bearer(writeKeys.generate())); // read again
  const expired = gateway.addKey('past', [], new Date(Date.now() - 1));
  const site = gateway.addKey('site', [APP]);
  const invalid = 'invalid_credentials';
  return [
    ['nothing', {}, 401, 'missing_credentials'],
    ['an empty bearer', { authorization: 'Bearer' }, 401, invalid],
    ['another scheme', { authorization: `Digest ${gateway.key}` }, 401, invalid],
    ['what is no key', bearer("' OR 1=1 --"), 401, invalid],
    ['a key that was never made', bearer(writeKeys.generate()), 401, invalid],
    ['a key cut short', bearer(gateway.key.slice(0, -1)), 401, invalid],
    ['a revoked key', bearer(revoked), 401, invalid],
    ['an expired key', bearer(expired), 401, invalid],
    ['an API key', bearer(keyForm('fpa_').generate()), 401, invalid],
    ['an API key as X-Api-Key', { 'x-api-key': keyForm('fpa_').generate() }, 401, 'missing_credentials'],
    ['a token of an identity provider', bearer('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'), 401, invalid],
    ['the token of the admin endpoints', bearer('admin-token'), 401, invalid],
    ['two keys', { ...bearer(gateway.key), 'x-write-key': gateway.key }, 401, 'ambiguous_credentials'],
    ["a site's key from another page", { ...bearer(site), origin: EVIL }, 403, 'origin_not_allowed'],
    ["a site's key from no page's origin", { ...bearer(site), origin: 'null' }, 403, 'origin_not_allowed'],
    ["a server's key from a page", { ...bearer(gateway.key), origin: APP }, 403, 'origin_not_allowed'],
  ];
}

describe('every route for events', () => {
  it('is shut to whoever may not send, whatever they bring', async () => {
    const wrong: string[] = [];
    const attempts = await strangers();
    const stored = (await gateway.stored()).length;
    for (const [what, headers, status, code] of attempts) {
      for (const route of sending) {
        const answer = await ask(route, headers);
        if (answer.status === status && answer.code === code && answer.isGuarded) continue;
        wrong.push(`${nameOf(route)} with ${what}: ${answer.status} ${answer.code}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await gateway.stored()).toHaveLength(stored);
  });

  it("is open to a producer's key, and to a site's from its own pages", async () => {
    const site = gateway.addKey('site', [APP]);
    const lasting = gateway.addKey('lasting', [], new Date(Date.now() + 3_600_000));
    const wrong: string[] = [];
    for (const route of sending) {
      for (const headers of [bearer(gateway.key), { ...bearer(site), origin: APP }, bearer(lasting)]) {
        const { status, isGuarded } = await ask(route, headers);
        if (status === 401 || status === 403 || status >= 500 || !isGuarded)
          wrong.push(`${nameOf(route)}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
    expect([...gateway.used]).toEqual(expect.arrayContaining(['id-web', 'id-site', 'id-lasting']));
  });
});

describe('the app', () => {
  it('has the routes of the table, and no other', () => {
    const { stack } = gateway.app.router as unknown as {
      stack: { route?: { path: string; methods: Record<string, boolean> } }[];
    };
    const found = stack.flatMap(({ route }) => {
      const methods = Object.keys(route?.methods ?? {});
      const names = methods.length > 2 ? ['ALL'] : methods.map((method) => method.toUpperCase());
      return names.map((name) => `${name} ${route?.path}`);
    });
    // Other methods are refused, once per path.
    const refusals = new Set(gatewayRoutes.map(({ path }) => `ALL ${path}`));
    expect(found.sort()).toEqual([...gatewayRoutes.map(nameOf), ...refusals].sort());
  });

  it('decides of itself about everything but reads, which the query API decides about', () => {
    const passedOn = gatewayRoutes.filter(({ rule }) => rule.credential === 'passed on');
    expect(passedOn.map(nameOf)).toEqual(['GET /dashboard', 'GET /dashboard/*path', 'ALL /api/v1/*path']);
  });

  it('shows without a key what its table says, and of its inside only what a token opens', async () => {
    for (const route of gatewayRoutes.filter(({ rule }) =>
      ['none', 'admin token'].includes(rule.credential),
    )) {
      const { status, isGuarded } = await ask(route, {});
      expect([route.path, status, isGuarded]).toEqual([
        route.path,
        route.path === '/metrics' ? 401 : 200,
        true,
      ]);
      expect((await ask(route, bearer(gateway.key))).status).toBe(status);
      expect((await ask(route, bearer('admin-token'))).status).toBe(200);
    }
  });
});

it('guessing ends after so many failures, for a while, and known keys pass all the same', async () => {
  await gateway.close();
  gateway = await startTestGateway({ loginFailuresPerMinute: 3 });
  const route = { method: 'POST', path: '/api/v1/product/events' } as const;
  const known = (await ask(route, bearer(gateway.key))).status;
  for (let i = 0; i < 3; i++) expect((await ask(route, bearer(writeKeys.generate()))).status).toBe(401);
  expect(await ask(route, bearer(writeKeys.generate()))).toMatchObject({
    status: 429,
    code: 'too_many_failures',
  });
  expect((await ask(route, bearer(gateway.key))).status).toBe(known);
});
