import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { deleteKey, type MadeKey, makeKey, postKey, revokeKey } from './keys.ts';

const OTHER_ROLES = ['analyst', 'operator', 'privacy_officer'] as const;
const NOBODY = '00000000-0000-4000-8000-000000000000';
const REFUSED_WITHIN_MS = 60_000;
const METHODS = ['get', 'post', 'put', 'delete'] as const;
const SITE = 'https://app.example';
const LANES = 8;

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

/** Asks several at a time. */
async function forEach<T>(items: readonly T[], ask: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await ask(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Who may not is refused everywhere; who may is let in wherever only reading is tried. */
async function checkRoles(
  { queryUrl }: MissionContext,
  operations: readonly Operation[],
  keys: ReadonlyMap<string, MadeKey>,
): Promise<number> {
  let asked = 0;
  for (const [role, { key }] of keys)
    await forEach(operations, async (operation) => {
      const mayPass = operation.roles.includes(role);
      if (mayPass && operation.method !== 'GET') return;
      const status = await statusOf(queryUrl, operation, key);
      asked++;
      same(`${operation.method} ${operation.path} as ${role} is refused`, status === 403, !mayPass);
      same(`${operation.method} ${operation.path} as ${role} is known`, status === 401, false);
    });
  return asked;
}

async function checkStrangers(
  { queryUrl, gateway }: MissionContext,
  operations: readonly Operation[],
): Promise<void> {
  await forEach(operations, async (operation) => {
    for (const key of [null, gateway.writeKey, 'fpa_nonsense'])
      same(`${operation.method} ${operation.path} by nobody`, await statusOf(queryUrl, operation, key), 401);
  });
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
async function check(context: MissionContext, admin: MadeKey, made: MadeKey[]): Promise<string> {
  const { run, queryUrl } = context;
  const post = async (name: string, body: Readonly<Record<string, unknown>>) => {
    const key = await postKey(context, admin, { name: `${run}-${name}`, ...body });
    made.push(key);
    return key;
  };
  const keys = new Map<string, MadeKey>([['admin', admin]]);
  for (const role of OTHER_ROLES) keys.set(role, await post(role.replace('_', '-'), { kind: 'api', role }));
  const site = await post('site', { kind: 'write', allowed_origins: [SITE] });
  const scoped = await post('scoped', { kind: 'api', role: 'analyst', datasets: ['business_revenue'] });
  const byCommand = await makeKey(context, `${run}-analyst`, '--role', 'analyst', '--expires', '1d');
  made.push(byCommand);

  const operations = await everyOperation(context);
  const asked = await checkRoles(context, operations, keys);
  await checkStrangers(context, operations);
  await checkProducers(context, site, admin);
  const get = (path: string): Operation => ({ method: 'GET', path, hasBody: false, roles: [] });
  const statusAt = (path: string, { key }: MadeKey) => statusOf(queryUrl, get(path), key);
  same('a scoped key reads', await statusAt('/api/v1/ai/models', scoped), 403);
  same('a scoped key exports another', await statusAt('/api/v1/exports/product_events', scoped), 403);

  const analyst = keys.get('analyst');
  if (analyst === undefined) throw new Error('no analyst');
  for (const key of [analyst, byCommand]) same('it reads', await statusAt('/api/v1/ai/models', key), 200);
  await deleteKey(context, admin, analyst.id);
  await revokeKey(context, byCommand);
  for (const key of [analyst, byCommand])
    await context.eventually(REFUSED_WITHIN_MS, async () =>
      same('a revoked key', await statusAt('/api/v1/ai/models', key), 401),
    );
  const { out } = await context.command('keys', 'list', '--json');
  for (const { key } of [admin, ...made]) same('a key is shown again', out.includes(key), false);
  return `${operations.length} operations × ${keys.size} roles asked ${asked} times as /openapi.json says it; nobody, write keys and nonsense get 401 on each; a site's key sends from its own page only; a key of one data set exports no other; keys made by command and over HTTP are refused once revoked, and shown never again`;
}

export const access: MissionRow = {
  row: 23,
  name: 'Access',
  async check(context) {
    const admin = await makeKey(context, `${context.run}-admin`, '--role', 'admin', '--expires', '1d');
    const made: MadeKey[] = [];
    try {
      return await check(context, admin, made);
    } finally {
      for (const { id } of made) await deleteKey(context, admin, id);
      await revokeKey(context, admin);
    }
  },
};
