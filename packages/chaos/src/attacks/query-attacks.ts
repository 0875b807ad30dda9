/** What of the query API's /openapi.json the attacks are made from. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
}
interface ApiOperation {
  readonly description?: string;
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: unknown;
}
interface ApiParameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required?: boolean;
  readonly schema: { readonly type?: string };
}

/** A request that must neither break the API nor change anything. */
export interface QueryAttack {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** Texts that would be commands were they ever part of a query. */
export const SQL_TEXTS: readonly string[] = [
  "' OR 1=1 --",
  "x'; DROP TABLE fineprint.product_events; --",
  "'); DROP TABLE fineprint.api_keys CASCADE; --",
  "' UNION SELECT key_hash FROM fineprint.api_keys --",
  "x') FORMAT Null; SYSTEM SHUTDOWN; --",
  '1; SELECT pg_sleep(60)',
  "' AND sleepEachRow(3) = 0 AND '' = '",
  "\\' OR 1=1 #",
  '`; DROP DATABASE fineprint; --',
  "{x:String} ' {y:Identifier}",
  'user_id DESC; TRUNCATE TABLE fineprint.ai_requests',
  "file('/etc/passwd')",
  '$1::text; DELETE FROM fineprint.definitions',
];

/** Of a number, a time or a choice: wrong kinds and huge ones. */
const WRONG_VALUES: readonly string[] = [
  'NaN',
  'Infinity',
  '-1',
  '1e309',
  '0x7fffffff',
  '9'.repeat(40),
  'true',
  '[]',
  '{"$gt":""}',
  '../../etc/passwd',
  '1969-12-31T23:59:59Z',
  '9999-12-31',
  '-271821-04-20',
  'a\u0000b',
  'a\r\nX-Injected: 1',
  '\ud83d\ude00'.repeat(3_000),
];

const deep = (levels: number) => `${'{"and":['.repeat(levels)}1${']}'.repeat(levels)}`;

/** Bodies of no definition at all, and of some that look like one. */
export const HOSTILE_BODIES: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['a number', '1'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['a cut object', '{"name":'],
  ['deep lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a deep rule', `{"rule":${deep(20_000)}}`],
  ['deep objects', `{"steps":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`],
  ['__proto__', '{"__proto__":{"role":"admin"},"steps":[{"event":"a"},{"event":"b"}],"windowMs":1000}'],
  ['constructor.prototype', '{"constructor":{"prototype":{"role":"admin"}},"id":"x"}'],
  ['SQL everywhere', JSON.stringify(hostileObject(SQL_TEXTS[1] ?? ''))],
  ['NUL everywhere', JSON.stringify(hostileObject('a\u0000b'))],
  ['numbers beyond a double', '{"windowMs":1e999,"steps":[{"event":"a"},{"event":"b"}],"weight":-1e999}'],
  ['too much', `{"x":"${'y'.repeat(300_000)}"}`],
];

function hostileObject(text: string): object {
  return {
    name: text,
    id: text,
    description: text,
    windowMs: text,
    steps: [{ event: text, where: [{ path: text, op: text, value: text }] }],
    rule: { and: [{ path: text, op: 'eq', value: text }] },
    entry: { event: text },
    variants: [{ name: text, weight: text }],
    metrics: [{ name: text, event: text }],
    reason: text,
    winner: text,
  };
}

const METHODS = ['get', 'post', 'put', 'delete'];
/** A name that nothing has. */
const NOBODY = 'no-such-thing';

/** Every endpoint, each of its parameters with each text, and each body. Nothing here may be answered with 5xx. */
export function* queryAttacks(document: ApiDocument): Generator<QueryAttack> {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (!METHODS.includes(method)) continue;
      yield* attacksOn(path, method.toUpperCase(), operation);
    }
  }
}

function* attacksOn(path: string, method: string, operation: ApiOperation): Generator<QueryAttack> {
  const parameters = operation.parameters ?? [];
  for (const parameter of parameters) {
    for (const text of [...SQL_TEXTS, ...WRONG_VALUES]) {
      const name = `${method} ${path} ${parameter.name}=${JSON.stringify(text).slice(0, 60)}`;
      // A body that is refused by itself would hide what the parameter does.
      const body = operation.requestBody === undefined ? {} : { body: '{}' };
      yield { name, method, path: addressOf(path, parameters, parameter, text), ...body };
    }
  }
  if (operation.requestBody === undefined) return;
  for (const [what, body] of HOSTILE_BODIES) {
    yield { name: `${method} ${path} body: ${what}`, method, path: addressOf(path, parameters), body };
  }
}

/** The path with one parameter set to a text, and harmless values where some are required. */
function addressOf(
  path: string,
  parameters: readonly ApiParameter[],
  attacked?: ApiParameter,
  text?: string,
): string {
  let address = path;
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const isAttacked = parameter === attacked && text !== undefined;
    const value = isAttacked ? text : NOBODY;
    if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, encoded(value));
    else if (isAttacked || parameter.required === true) query.append(parameter.name, value);
  }
  return query.size === 0 ? address : `${address}?${query}`;
}

/** Halves of surrogate pairs cannot be percent-encoded. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const ROLES = /For the roles ([a-z_, ]+)\./;

/** Which roles an operation is for, as its own description says. */
export function rolesOf(operation: { readonly description?: string }): readonly string[] {
  return ROLES.exec(operation.description ?? '')?.[1]?.split(', ') ?? [];
}

/** Each operation once, with harmless values: for who may ask at all. */
export function* everyOperation(
  document: ApiDocument,
): Generator<QueryAttack & { readonly roles: readonly string[] }> {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (!METHODS.includes(method)) continue;
      const address = addressOf(path, operation.parameters ?? []);
      const body = operation.requestBody === undefined ? {} : { body: '{}' };
      const name = `${method.toUpperCase()} ${path}`;
      yield { name, method: method.toUpperCase(), path: address, roles: rolesOf(operation), ...body };
    }
  }
}
