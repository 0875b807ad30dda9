import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { deleteKey, type MadeKey, makeKey, postKey, revokeKey } from './keys.ts';

const OTHER_ROLES = ['analyst', 'operator', 'privacy_officer'] as const;
const NOBODY = '00000000-0000-4000-8000-000000000000';
const REFUSED_WITHIN_MS = 60_000;
const STORED_WITHIN_MS = 60_000;
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

async function expectRefused(context: MissionContext, { key }: MadeKey): Promise<void> {
  const path = '/api/v1/ai/models';
  await context.eventually(REFUSED_WITHIN_MS, async () => {
    const asked = { method: 'GET', path, hasBody: false, roles: [] };
    same('a revoked key', await statusOf(context.queryUrl, asked, key), 401);
  });
}

/** One event as whoever may see people sees it, and as others do, over HTTP and by command. */
async function checkMasking(context: MissionContext, analyst: MadeKey, admin: MadeKey): Promise<void> {
  const { run, queryUrl } = context;
  const event = `${run}-masked`;
  const user = `${run}-somebody`;
  const sent = await context.post('/api/v1/product/events', { event_name: event, user_id: user });
  same('sent', sent.status, 202);
  const exportedTo = async ({ key }: MadeKey): Promise<unknown> => {
    const path = `/api/v1/exports/product_events?format=jsonl&name=${event}&columns=user_id`;
    const file = await fetch(queryUrl + path, { headers: { authorization: `Bearer ${key}` } });
    const [line = ''] = (await file.text()).split('\n');
    return (JSON.parse(line) as { user_id?: unknown }).user_id;
  };
  await context.eventually(STORED_WITHIN_MS, async () =>
    same('exported to an admin', await exportedTo(admin), user),
  );
  const standIn = await exportedTo(analyst);
  same('exported to an analyst', /^masked_[0-9a-f]{16}$/.test(String(standIn)), true);
  const query = `SELECT user_id FROM product_events WHERE event_name = '${event}'`;
  const [masked, open] = await Promise.all([
    context.command('sql', '--json', query),
    context.command('sql', '--json', '--user', 'analyst', query),
  ]);
  same('fineprint sql', JSON.parse(masked.out || '{}'), { user_id: standIn });
  same('fineprint sql --user analyst', JSON.parse(open.out || '{}'), { user_id: user });
  const log = await fetch(`${queryUrl}/api/v1/audit-log?action=cli%20sql&limit=1`, {
    headers: { authorization: `Bearer ${admin.key}` },
  });
  const { entries } = (await log.json()) as { entries: { object: string }[] };
  same('the entry of who saw people', entries[0]?.object, 'analyst: product_events');
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
  await checkMasking(context, analyst, admin);
  same('it reads', await statusAt('/api/v1/ai/models', analyst), 200);
  await deleteKey(context, admin, analyst.id);
  await expectRefused(context, analyst);
  const { out } = await context.command('keys', 'list', '--json');
  for (const { key } of [admin, ...made]) same('a key is shown again', out.includes(key), false);
  return `${operations.length} operations × ${keys.size} roles asked ${asked} times as /openapi.json says it; nobody, write keys and nonsense get 401 on each; a site's key sends from its own page only; a key of one data set exports no other; an analyst without the right sees people masked in exports and by \`fineprint sql\`, and by the same stand-in; keys made by command and over HTTP are refused once revoked, and shown never again`;
}

export const access: MissionRow = {
  row: 23,
  name: 'Access',
  async check(context) {
    const admin = await makeKey(context, `${context.run}-admin`, '--role', 'admin', '--expires', '1d');
    const made: MadeKey[] = [];
    let evidence: string;
    try {
      evidence = await check(context, admin, made);
    } finally {
      for (const { id } of made) await deleteKey(context, admin, id);
      await revokeKey(context, admin);
    }
    await expectRefused(context, admin);
    return evidence;
  },
};
