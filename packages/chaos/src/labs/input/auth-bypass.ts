import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { createApiKey, type Role, roles } from '@fineprint/query-api/api-keys';
import { type ApiDocument, everyOperation } from '../../attacks/query-attacks.ts';
import type { Lab, LabContext } from '../../lab.ts';
import { rawHttp, statusOf } from './raw-http.ts';
import { ask, EVENTS_PATH } from './send.ts';
import { withPostgres } from './with-postgres.ts';

type Headers = Readonly<Record<string, string>>;
/** A revoked key ends within WRITE_KEY_REFRESH_MS. */
const REVOKED_AFTER_MS = 5_000;

export const authBypass: Lab = {
  name: 'auth-bypass',
  title:
    'no key, wrong, revoked, of another kind, role or source, twice, in other letters, on every endpoint',
  kind: 'input',
  passes: '401 or 403, nothing is written or shown; each role sees exactly its endpoints',
  takesMs: 120_000,
  async run(context) {
    const keys = await makeKeys(context);
    await context.sleep(REVOKED_AFTER_MS);
    await context.fault('write without the right', () => attackGateway(context, keys));
    await context.fault('read without the right', () => attackQueryApi(context, keys));
  },
};

interface Keys {
  readonly revokedWrite: string;
  readonly revokedRead: string;
  readonly limited: string;
  readonly byRole: Readonly<Record<Role, string>>;
}

async function makeKeys({ target, random }: LabContext): Promise<Keys> {
  return withPostgres(target, async (client) => {
    const name = `lab-${random.uuid().slice(0, 8)}`;
    const revokedWrite = await createWriteKey(client, { source: name });
    const limited = await createWriteKey(client, {
      source: `${name}-site`,
      allowedOrigins: ['https://app.example'],
    });
    const revokedRead = await createApiKey(client, { name, role: 'admin' });
    const byRole = {} as Record<Role, string>;
    for (const role of roles)
      byRole[role] = (await createApiKey(client, { name: `${name}-${role}`, role })).key;
    await client.query('UPDATE fineprint.write_keys SET revoked_at = now() WHERE id = $1', [revokedWrite.id]);
    await client.query('UPDATE fineprint.api_keys SET revoked_at = now() WHERE id = $1', [revokedRead.id]);
    return { revokedWrite: revokedWrite.key, revokedRead: revokedRead.key, limited: limited.key, byRole };
  });
}

const flipped = (key: string) =>
  key.slice(0, 4) +
  [...key.slice(4)].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` });

/** Nothing of this is in the book: what the gateway took all the same, the judge calls a stranger. */
async function attackGateway(
  { fleet, target, check, figure, random }: LabContext,
  keys: Keys,
): Promise<void> {
  const { url } = fleet.one('ingest-gateway');
  const own = target.writeKey;
  const attempts: readonly (readonly [string, Headers, string?])[] = [
    ['no key', {}],
    ['an empty key', { authorization: 'Bearer ' }],
    ['a revoked key', bearer(keys.revokedWrite)],
    ['an API key', bearer(keys.byRole.admin)],
    ['a key in other letters', bearer(flipped(own))],
    ['a key cut short', bearer(own.slice(0, -1))],
    ['a key and more', bearer(`${own}x`)],
    ['SQL for a key', { 'x-write-key': "' OR '1'='1" }],
    ['two keys', { ...bearer(own), 'x-write-key': own }],
    ['another scheme', { authorization: `Digest ${own}` }],
    ['a key in the address', {}, `?write_key=${own}`],
    ["a site's key from another page", { ...bearer(keys.limited), origin: 'https://evil.example' }],
    [
      "a site's key from a page that looks like it",
      { ...bearer(keys.limited), origin: 'https://app.example.evil.example' },
    ],
  ];
  let refused = 0;
  const body = () => JSON.stringify({ event_id: random.uuid(), event_name: 'x' });
  for (const [what, headers, query = ''] of attempts) {
    const answer = await ask(url + EVENTS_PATH + query, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body(),
    });
    const isRefused = answer.status === 401 || answer.status === 403;
    refused += Number(isRefused);
    check(
      `gateway, ${what}: 401 or 403`,
      isRefused && !answer.text.includes(own),
      `${answer.status} ${answer.code}`,
    );
  }
  const text = body();
  const twice = await rawHttp(
    url,
    `POST ${EVENTS_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer ${keys.revokedWrite}\r\nAuthorization: Bearer ${own}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
  check('gateway, the header twice: 401', statusOf(twice) === 401, `${statusOf(twice)}`);
  const claimed = await ask(url + EVENTS_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(own) },
    body: JSON.stringify({ event_name: 'x', source: 'billing' }),
  });
  check("gateway, another source's name: 400", claimed.status === 400, `${claimed.status} ${claimed.code}`);
  figure('gateway_refused', refused + 2);
}

async function attackQueryApi({ fleet, target, check, figure }: LabContext, keys: Keys): Promise<void> {
  const { url } = fleet.one('query-api');
  const document = JSON.parse((await ask(`${url}/openapi.json`, {})).text) as ApiDocument;
  const strangers: readonly (readonly [string, Headers])[] = [
    ['no key', {}],
    ['a revoked key', bearer(keys.revokedRead)],
    ['a write key', bearer(target.writeKey)],
    ['a key in other letters', bearer(flipped(keys.byRole.admin))],
    ['two keys', { ...bearer(keys.byRole.admin), 'x-api-key': keys.byRole.admin }],
  ];
  const wrong: string[] = [];
  let asked = 0;
  for (const { name, method, path, body, roles: allowed } of everyOperation(document)) {
    const statusFor = async (headers: Headers) => {
      asked += 1;
      const json = body === undefined ? {} : { 'content-type': 'application/json' };
      const init = {
        method,
        headers: { accept: 'application/json', ...json, ...headers },
        ...(body === undefined ? {} : { body }),
      };
      return (await ask(url + path, init)).status;
    };
    for (const [what, headers] of strangers) {
      const status = await statusFor(headers);
      if (status !== 401) wrong.push(`${name} with ${what}: ${status}`);
    }
    for (const role of roles) {
      const status = await statusFor(bearer(keys.byRole[role]));
      const isForbidden = status === 403;
      if (isForbidden === allowed.includes(role) || status === 401)
        wrong.push(`${name} as ${role}: ${status}`);
    }
  }
  check(
    'query API: strangers get 401, and each role its own endpoints',
    wrong.length === 0,
    wrong.slice(0, 5).join(' | '),
  );
  figure('query_api_requests', asked);
}
