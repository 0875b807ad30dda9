import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { type MadeKey, makeKey, revokeKey } from './keys.ts';

const ROLES = ['analyst', 'operator', 'privacy_officer', 'admin'] as const;
const NOBODY = '00000000-0000-4000-8000-000000000000';
const REFUSED_WITHIN_MS = 60_000;
const METHODS = ['get', 'post', 'put', 'delete'] as const;
const SITE = 'https://app.example';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly hasBody: boolean;
  readonly roles: readonly string[];
}

type Document = {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly description?: string; readonly requestBody?: object }>>>
  >;
};

/** What the API says of itself: every operation, and for whom it is. */
async function everyOperation(context: MissionContext): Promise<readonly Operation[]> {
  const document = (await (await fetch(`${context.queryUrl}/openapi.json`)).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      if (operation === undefined) return [];
      const roles = /For the roles ([a-z_, ]+)\./.exec(operation.description ?? '')?.[1]?.split(', ') ?? [];
      const hasBody = operation.requestBody !== undefined;
      return [{ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, NOBODY), hasBody, roles }];
    }),
  );
}

async function statusOf(
  url: string,
  { method, path, hasBody }: Operation,
  key: string | null,
): Promise<number> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      accept: 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    ...(hasBody ? { body: '{}' } : {}),
  });
  await answer.body?.cancel();
  return answer.status;
}

/** Who may not is refused everywhere; who may is let in wherever only reading is tried. */
async function checkRoles(
  { queryUrl }: MissionContext,
  operations: readonly Operation[],
  keys: ReadonlyMap<string, MadeKey>,
): Promise<number> {
  let asked = 0;
  for (const [role, { key }] of keys)
    for (const operation of operations) {
      const mayPass = operation.roles.includes(role);
      if (mayPass && operation.method !== 'GET') continue;
      const status = await statusOf(queryUrl, operation, key);
      asked++;
      same(`${operation.method} ${operation.path} as ${role} is refused`, status === 403, !mayPass);
      same(`${operation.method} ${operation.path} as ${role} is known`, status === 401, false);
    }
  return asked;
}

async function checkStrangers(
  { queryUrl, gateway }: MissionContext,
  operations: readonly Operation[],
): Promise<void> {
  for (const operation of operations)
    for (const key of [null, gateway.writeKey, 'fpa_nonsense'])
      same(`${operation.method} ${operation.path} by nobody`, await statusOf(queryUrl, operation, key), 401);
}

/** A key for a site sends from its own pages only, and reads nothing. */
async function checkProducers(
  { gateway, run }: MissionContext,
  site: MadeKey,
  admin: MadeKey,
): Promise<void> {
  const send = async (key: string, origin?: string) => {
    const answer = await fetch(`${gateway.url}/api/v1/product/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...(origin === undefined ? {} : { origin }),
      },
      body: JSON.stringify({ event_name: `${run} access` }),
    });
    await answer.body?.cancel();
    return answer.status;
  };
  same('a site sends from its page', await send(site.key, SITE), 202);
  same('a site sends from another page', await send(site.key, 'https://evil.example'), 403);
  same("a server's key from a page", await send(gateway.writeKey, SITE), 403);
  same('an API key sends', await send(admin.key), 401);
}

/** As the tables of docs/access.md say, for keys made and revoked by command and over HTTP. */
async function check(context: MissionContext, made: MadeKey[]): Promise<string> {
  const { run, queryUrl } = context;
  const keep = (key: MadeKey) => {
    made.push(key);
    return key;
  };
  const keys = new Map<string, MadeKey>();
  for (const role of ROLES)
    keys.set(
      role,
      keep(await makeKey(context, `${run}-${role.replace('_', '-')}`, '--role', role, '--expires', '1d')),
    );
  const site = keep(await makeKey(context, `${run}-site`, '--origin', SITE));
  const scoped = keep(
    await makeKey(context, `${run}-scoped`, '--role', 'analyst', '--dataset', 'business_revenue'),
  );
  const [analyst, admin] = [keys.get('analyst'), keys.get('admin')];
  if (analyst === undefined || admin === undefined) throw new Error('no keys');

  const operations = await everyOperation(context);
  const asked = await checkRoles(context, operations, keys);
  await checkStrangers(context, operations);
  await checkProducers(context, site, admin);
  const get = (path: string): Operation => ({ method: 'GET', path, hasBody: false, roles: [] });
  same('a scoped key reads', await statusOf(queryUrl, get('/api/v1/ai/models'), scoped.key), 403);
  same(
    'a scoped key exports another',
    await statusOf(queryUrl, get('/api/v1/exports/product_events'), scoped.key),
    403,
  );

  const over = await fetch(`${queryUrl}/api/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'api', name: `${run}-http`, role: 'analyst' }),
  });
  same('POST /api/v1/keys', over.status, 201);
  const http = keep((await over.json()) as MadeKey);
  same('it reads', await statusOf(queryUrl, get('/api/v1/ai/models'), http.key), 200);
  const revoked = await fetch(`${queryUrl}/api/v1/keys/${http.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${admin.key}` },
  });
  same('DELETE /api/v1/keys', revoked.status, 200);
  await revokeKey(context, analyst);
  for (const { key } of [http, analyst])
    await context.eventually(REFUSED_WITHIN_MS, async () =>
      same('a revoked key', await statusOf(queryUrl, get('/api/v1/ai/models'), key), 401),
    );
  const { out } = await context.command('keys', 'list', '--json');
  for (const { key } of made) same('a key is shown again', out.includes(key), false);
  return `${operations.length} operations × ${ROLES.length} roles asked ${asked} times as /openapi.json says it; nobody, write keys and nonsense get 401 on each; a site's key sends from its own page only; a key of one data set exports no other; keys made by command and over HTTP are refused once revoked, and shown never again`;
}

export const access: MissionRow = {
  row: 23,
  name: 'Access',
  async check(context) {
    const made: MadeKey[] = [];
    try {
      return await check(context, made);
    } finally {
      for (const key of made) await revokeKey(context, key);
    }
  },
};
