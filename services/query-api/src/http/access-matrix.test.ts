import { Agent, request } from 'node:http';
import { keyForm } from '@fineprint/http-kit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { graphqlOperation } from '../graphql/operation.ts';
import { actionRules, mayDo } from '../keys/access.ts';
import { apiKeyForm, type Role, roles } from '../keys/api-key.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { createTestTokens, type TestTokens } from '../testing/test-tokens.ts';
import { expressPath } from './app.ts';
import { type KeyedRoute, keyedRoutes, openRoutes } from './routes.ts';

/** Every route × every role × every kind of credential, from the table that the app itself is made of. */
const ROUTES = keyedRoutes();
vi.setConfig({ testTimeout: 60_000 });
const HOUR_MS = 3_600_000;
const NOBODY = '00000000-0000-4000-8000-000000000000';

let api: TestApi;
let provider: TestTokens;
beforeAll(async () => {
  provider = await createTestTokens();
  api = await startTestApi({ tokens: provider.tokens, adminToken: 'admin-token' });
});
afterAll(() => {
  agent.destroy();
  return api.close();
});

type Headers = Readonly<Record<string, string>>;
const bearer = (credential: string): Headers => ({ authorization: `Bearer ${credential}` });

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly isGuarded: boolean;
}

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Thousands of requests: fetch would take several times as long. */
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function ask(
  route: Pick<KeyedRoute, 'method' | 'path'> & { body?: string },
  headers: Headers,
): Promise<Answer> {
  const path = route.path.replaceAll(/\{\w+\}/g, NOBODY);
  const body = route.body === undefined || route.body === 'none' ? undefined : '{}';
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const options = {
    method: route.method,
    headers: { accept: 'application/json', ...type, ...headers },
    agent,
  };
  return new Promise((resolve, reject) => {
    const sent = request(api.url + path, options, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => {
        const isProblem = answer.headers['content-type'] === 'application/problem+json';
        resolve({
          status: answer.statusCode ?? 0,
          code: isProblem ? (JSON.parse(text) as { code: string }).code : undefined,
          isGuarded:
            Object.entries(SECURITY).every(([name, value]) => answer.headers[name] === value) &&
            answer.headers['access-control-allow-origin'] === undefined &&
            answer.headers['content-security-policy'] !== undefined,
        });
      });
    });
    sent.on('error', reject).end(body);
  });
}

/** Nobody by all these: what they send, and the code of the 401. */
async function strangers(): Promise<readonly (readonly [string, Headers, string])[]> {
  const revoked = api.addKey('admin');
  const known = api.addKey('admin');
  await ask({ method: 'GET', path: '/api/v1/ai/models' }, bearer(revoked)); // seen before it was revoked
  api.removeKey(revoked);
  await ask({ method: 'GET', path: '/api/v1/ai/models' }, bearer(apiKeyForm.generate())); // read again
  const expired = api.addKey('admin', { expiresAt: new Date(Date.now() - 1) });
  const now = Math.floor(Date.now() / 1_000);
  const invalid = 'invalid_credentials';
  const admin = { roles: 'admin' };
  return [
    ['nothing', {}, 'missing_credentials'],
    ['an empty bearer', { authorization: 'Bearer ' }, invalid],
    ['another scheme', { authorization: `Basic ${Buffer.from(`${known}:`).toString('base64')}` }, invalid],
    ['what is no key', bearer("' OR 1=1 --"), invalid],
    ['a key that was never made', bearer(apiKeyForm.generate()), invalid],
    ['a key cut short', bearer(known.slice(0, -1)), invalid],
    ['a revoked key', bearer(revoked), invalid],
    ['an expired key', bearer(expired), invalid],
    ['a write key', bearer(keyForm('fpk_').generate()), invalid],
    ['a write key as X-Write-Key', { 'x-write-key': keyForm('fpk_').generate() }, 'missing_credentials'],
    ['two keys', { ...bearer(known), 'x-api-key': known }, 'ambiguous_credentials'],
    ['the token of the admin endpoints', bearer('admin-token'), invalid],
    ['a token for another audience', bearer(await provider.make({ ...admin, aud: 'other' })), invalid],
    ['a token of another issuer', bearer(await provider.make({ ...admin, iss: 'other' })), invalid],
    ['an expired token', bearer(await provider.make({ ...admin, exp: now - 60 })), invalid],
    ['an unsigned token', bearer(provider.unsigned(admin)), invalid],
    ["a stranger's token", bearer(await provider.make(admin, { signer: 'stranger' })), invalid],
    ['a token signed by the public key', bearer(await provider.confused(admin)), invalid],
  ];
}

/** What Express itself has. */
function routesOf(app: TestApi['app']): string[] {
  const { stack } = app.router as unknown as {
    stack: { route?: { path: string; methods: Record<string, boolean> } }[];
  };
  return stack.flatMap(({ route }) => {
    const methods = Object.keys(route?.methods ?? {});
    const names = methods.length > 2 ? ['ALL'] : methods.map((method) => method.toUpperCase());
    return names.map((name) => `${name} ${route?.path}`);
  });
}

const nameOf = ({ method, path }: Pick<KeyedRoute, 'method' | 'path'>) => `${method} ${path}`;

const LANES = 16;

/** What is wrong of each route, several asked at a time. */
async function wrongOf(check: (route: KeyedRoute) => Promise<string | null>): Promise<string[]> {
  const wrong: string[] = [];
  const waiting = [...ROUTES];
  const lane = async () => {
    for (let route = waiting.shift(); route !== undefined; route = waiting.shift()) {
      const said = await check(route);
      if (said !== null) wrong.push(`${nameOf(route)} ${said}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return wrong;
}

describe('every route', () => {
  it('is unknown to whoever is nobody, whatever they send', async () => {
    const attempts = await strangers();
    const asked = api.asked.length;
    for (const [what, headers, code] of attempts) {
      const wrong = await wrongOf(async (route) => {
        const { status, code: found, isGuarded } = await ask(route, headers);
        return status === 401 && found === code && isGuarded ? null : `with ${what}: ${status} ${found}`;
      });
      expect(wrong).toEqual([]);
    }
    expect(api.asked.length).toBe(asked);
  });

  it.each([...roles])(
    'is open to the role %s by its rule and not otherwise, by key and by token',
    async (role) => {
      const credentials = [
        api.addKey(role),
        await provider.make({ roles: role }),
        await provider.make({ roles: role }, { alg: 'ES256' }),
      ];
      for (const credential of credentials) {
        const wrong = await wrongOf(async (route) => {
          const { status, code, isGuarded } = await ask(route, bearer(credential));
          const isRight = mayDo(role, route.rule.action)
            ? ![401, 403].includes(status)
            : status === 403 && code === 'forbidden';
          return isRight && isGuarded ? null : `as ${role}: ${status} ${code}`;
        });
        expect(wrong).toEqual([]);
      }
    },
  );

  it('is shut to tokens without one role of ours, and but for exports to keys of some data sets', async () => {
    const scoped = api.addKey('admin', { datasets: ['ai_requests'] });
    const none = await provider.make({ roles: ['producer'] });
    const wrong = await wrongOf(async (route) => {
      const token = await ask(route, bearer(none));
      if (token.status !== 403) return `by a token without a role: ${token.status}`;
      const { status } = await ask(route, bearer(scoped));
      const isOpen = route.path === '/api/v1/exports';
      return (status === 403) === isOpen ? `by a scoped key: ${status}` : null;
    });
    expect(wrong).toEqual([]);
    const own = await ask({ method: 'GET', path: '/api/v1/exports/ai_requests' }, bearer(scoped));
    expect([401, 403]).not.toContain(own.status);
  });

  it('that changes something is an entry of the audit log', () => {
    const unaudited = ROUTES.filter(
      ({ method, path, rule }) =>
        method !== 'GET' && path !== graphqlOperation.path && !actionRules[rule.action].isAudited,
    );
    expect(unaudited.map(nameOf)).toEqual([]);
  });
});

describe('the app', () => {
  it('has the routes of the tables, and no other', () => {
    const all = [...ROUTES, ...openRoutes].map(({ method, path }) => `${method} ${expressPath(path)}`);
    // Other methods are refused, once per path.
    const refusals = new Set([...ROUTES, ...openRoutes].map(({ path }) => `ALL ${expressPath(path)}`));
    expect(routesOf(api.app).sort()).toEqual([...all, ...refusals].sort());
  });

  it('shows without a key what its table says, and of its inside only what a token opens', async () => {
    for (const route of openRoutes) {
      const { status } = await ask(route, {});
      expect([route.path, status]).toEqual([route.path, route.path === '/metrics' ? 401 : 200]);
      expect((await ask(route, bearer(api.addKey('admin')))).status).toBe(status);
      expect((await ask(route, bearer('admin-token'))).status).toBe(200);
      expect((await ask({ method: 'POST', path: route.path }, {})).status).toBe(405);
    }
    const health = async (headers: Headers) => (await fetch(`${api.url}/health`, { headers })).json();
    expect(await health({})).toEqual({ status: 'ok' });
    expect(await health(bearer('admin-token'))).toEqual({ status: 'ok', inside: true });
  });
});

describe('a key', () => {
  it('ends by itself, a moment after it was good', async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const route = { method: 'GET', path: '/api/v1/ai/models' } as const;
    const key = api.addKey('analyst', { expiresAt });
    expect((await ask(route, bearer(key))).status).toBe(200);
    expiresAt.setTime(Date.now());
    expect((await ask(route, bearer(key))).status).toBe(401);
  });
});

it('guessing ends after so many failures, for a while, and known keys pass all the same', async () => {
  const guarded = await startTestApi({ loginFailuresPerMinute: 5, tokens: provider.tokens });
  try {
    const get = async (credential: string, headers: Headers = {}) => {
      const response = await fetch(`${guarded.url}/api/v1/ai/models`, {
        headers: { ...bearer(credential), ...headers },
      });
      return [response.status, response.headers.has('retry-after')];
    };
    expect(await get(guarded.key)).toEqual([200, false]);
    for (let i = 0; i < 3; i++) expect(await get(apiKeyForm.generate())).toEqual([401, false]);
    for (let i = 0; i < 2; i++)
      expect(await get(provider.unsigned({ roles: 'admin' }))).toEqual([401, false]);
    expect(await get(apiKeyForm.generate())).toEqual([429, true]);
    expect(await get(await provider.make())).toEqual([429, true]);
    expect(await get(guarded.key)).toEqual([200, false]);
    expect(await get(await provider.make(), { 'x-forwarded-for': '203.0.113.9' })).toEqual([200, false]);
  } finally {
    await guarded.close();
  }
});

it('tokens are nothing where no provider is configured', async () => {
  const without = await startTestApi();
  try {
    const role: Role = 'admin';
    const token = await provider.make({ roles: role });
    const response = await fetch(`${without.url}/api/v1/ai/models`, { headers: bearer(token) });
    expect(response.status).toBe(401);
  } finally {
    await without.close();
  }
});
