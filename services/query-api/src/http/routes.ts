import { BASE_PATH } from '@fineprint/dashboard';
import { type DocumentPages, type RouteRule, send } from '@fineprint/http-kit';
import { type AdminEndpoints, adminPaths, handleAdmin } from '@fineprint/observability';
import type { Request, Response } from 'express';
import { endpoints } from '../ai/endpoints.ts';
import { realTime } from '../ai/real-time.ts';
import { createDashboardPages } from '../dashboard/serve.ts';
import { exportEndpoint } from '../exports/endpoint.ts';
import { handleExport } from '../exports/handle-export.ts';
import { handleGraphql } from '../graphql/handle-graphql.ts';
import { graphqlOperation } from '../graphql/operation.ts';
import { graphqlText, schema } from '../graphql/served.ts';
import type { Action } from '../keys/access.ts';
import { handleOperation } from '../operations/handle-operation.ts';
import { operations as allOperations } from '../operations/index.ts';
import { type Method, mayLackBody, type Operation } from '../operations/operation.ts';
import { archiveEndpoint, handleArchive } from '../privacy/archive.ts';
import { handleReport, reportEndpoint } from '../reports/show.ts';
import type { Call } from './call.ts';
import { handleQuery, handleRealTime } from './handle-query.ts';

interface AnyRoute {
  readonly method: Method;
  /** With `{name}` for each path parameter. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly rule: RouteRule<Action>;
}

/** A route for readers: by the time it is handled, its rule has been kept. */
export interface KeyedRoute extends AnyRoute {
  readonly rule: Extract<RouteRule<Action>, { credential: 'API key' }>;
  /** Whether a JSON body is read, and may be left out. */
  readonly body: 'none' | 'optional' | 'required';
  handle(call: Call): Promise<void>;
}

/** What open routes show. */
export interface OpenPorts {
  readonly pages: DocumentPages;
  readonly admin: AdminEndpoints;
}

/** A route that asks for no key. */
export interface OpenRoute extends AnyRoute {
  readonly rule: Extract<RouteRule<Action>, { credential: 'none' | 'admin token' }>;
  /** False where there is nothing after all. */
  handle(req: Request, res: Response, open: OpenPorts): boolean | Promise<boolean>;
}

const keyed = (
  { action, ...route }: Pick<AnyRoute, 'path' | 'name' | 'summary'> & { readonly action: Action },
  handle: KeyedRoute['handle'],
  more: { readonly method?: Method; readonly body?: KeyedRoute['body'] } = {},
): KeyedRoute => ({
  method: more.method ?? 'GET',
  path: route.path,
  name: route.name,
  summary: route.summary,
  rule: { credential: 'API key', action },
  body: more.body ?? 'none',
  handle,
});

const bodyOf = (operation: Operation): KeyedRoute['body'] => {
  if (operation.bodySchema === null) return 'none';
  return mayLackBody(operation) ? 'optional' : 'required';
};

/** Every route for readers. A new one is a line in `endpoints` or `operations`, or here. */
export const keyedRoutes = (operations: readonly Operation[] = allOperations): readonly KeyedRoute[] => [
  ...endpoints.map((endpoint) => keyed(endpoint, (call) => handleQuery(endpoint, call))),
  ...operations.map((operation) =>
    keyed(operation, (call) => handleOperation(operation, call), {
      method: operation.method,
      body: bodyOf(operation),
    }),
  ),
  keyed(graphqlOperation, (call) => handleGraphql(schema, call), { method: 'POST', body: 'required' }),
  keyed(realTime, handleRealTime),
  keyed(exportEndpoint, handleExport),
  keyed(reportEndpoint, handleReport),
  keyed(archiveEndpoint, handleArchive),
];

const open = (
  path: string,
  summary: string,
  rule: OpenRoute['rule'],
  handle: OpenRoute['handle'],
): OpenRoute => ({ method: 'GET', path, name: 'none', summary, rule, handle });

const dashboard = createDashboardPages();
const holdsNoData = 'it is a page without data, which asks for a key and sends it with each question';

/** Every route without a key. A new one says here why it harms nobody. */
export const openRoutes: readonly OpenRoute[] = [
  open(
    '/openapi.json',
    'This API as OpenAPI 3.1',
    { credential: 'none', why: 'it says what can be asked, and nothing of the data' },
    (_req, res, { pages }) => {
      send(res, 200, 'application/json', pages.openapi);
      return true;
    },
  ),
  open(
    '/docs',
    'This API as a page',
    { credential: 'none', why: 'it says what can be asked, and nothing of the data' },
    (_req, res, { pages }) => {
      send(res, 200, 'text/html; charset=utf-8', pages.html, { 'content-security-policy': pages.htmlPolicy });
      return true;
    },
  ),
  open(
    '/schema.graphql',
    'The schema of GraphQL as text',
    { credential: 'none', why: 'it says what can be asked, and nothing of the data' },
    (_req, res) => {
      send(res, 200, 'text/plain; charset=utf-8', graphqlText);
      return true;
    },
  ),
  ...[BASE_PATH, `${BASE_PATH}/*path`].map((path) =>
    open(path, 'The dashboard', { credential: 'none', why: holdsNoData }, dashboard),
  ),
  ...adminPaths.map(({ path, summary, why }) =>
    open(path, summary, { credential: 'admin token', why }, (req, res, { admin }) =>
      handleAdmin(admin, req, res),
    ),
  ),
];
