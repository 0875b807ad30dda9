import { type DocumentPages, type Headers, type RouteRule, send, sendJson } from '@fineprint/http-kit';
import { type AdminEndpoints, adminPaths, handleAdmin } from '@fineprint/observability';
import type { Request, Response } from 'express';
import { handleIngest, type IngestPorts, type IngestSettings } from './ingest-handler.ts';
import { handlePixel, PIXEL } from './pixel.ts';
import type { QueryProxy } from './query-proxy.ts';
import { type IngestRoute, ingestRoutes, PIXEL_PATH } from './routes.ts';

/** What routes work with. */
export interface Face {
  readonly ports: IngestPorts;
  readonly settings: IngestSettings;
  readonly admin: AdminEndpoints;
  readonly pages: DocumentPages;
  /** Takes what is under /api/v1/ and no path of events, and the dashboard; without one there is nothing. */
  readonly queryProxy?: QueryProxy;
  /** On every answer to this request. */
  readonly headersFor: (req: Request) => Headers;
}

/** One route: what it asks of whoever comes, and how it is answered. */
export interface GatewayRoute {
  readonly method: 'GET' | 'POST' | 'ALL';
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly rule: RouteRule;
  /** Whether it counts as a request in the metrics. */
  readonly isCounted: boolean;
  /** False where there is nothing after all. */
  handle(req: Request, res: Response, face: Face): Promise<boolean>;
}

const ingesting = (route: IngestRoute): GatewayRoute => ({
  method: 'POST',
  path: route.path,
  name: route.name,
  summary: route.summary,
  rule: { credential: 'write key' },
  isCounted: true,
  async handle(req, res, { ports, settings, headersFor }) {
    sendJson(res, 202, await handleIngest(req, route, ports, settings), headersFor(req));
    return true;
  },
});

const pixel: GatewayRoute = {
  method: 'GET',
  path: PIXEL_PATH,
  name: 'product.pixel',
  summary: 'Track one event by an image',
  rule: { credential: 'write key' },
  isCounted: true,
  async handle(req, res, { ports, settings, headersFor }) {
    await handlePixel(req, ports, settings);
    send(res, 200, 'image/gif', PIXEL, headersFor(req));
    return true;
  },
};

const reads: GatewayRoute = {
  method: 'ALL',
  path: '/api/v1/*path',
  name: 'query',
  summary: 'What the query API has',
  rule: { credential: 'passed on', to: 'query-api' },
  isCounted: true,
  async handle(req, res, { queryProxy }) {
    if (queryProxy === undefined) return false;
    await queryProxy.pass(req, res);
    return true;
  },
};

const dashboard = ['/dashboard', '/dashboard/*path'].map(
  (path): GatewayRoute => ({
    ...reads,
    method: 'GET',
    path,
    summary: 'The dashboard, as the query API has it',
  }),
);

const saysNothing = 'it says what can be sent, and nothing of what was';

const openapi: GatewayRoute = {
  method: 'GET',
  path: '/openapi.json',
  name: 'openapi',
  summary: 'This API as OpenAPI 3.1',
  rule: { credential: 'none', why: saysNothing },
  isCounted: false,
  async handle(req, res, { pages, headersFor }) {
    const headers = { ...headersFor(req), 'access-control-allow-origin': '*' };
    send(res, 200, 'application/json', pages.openapi, headers);
    return true;
  },
};

const docs: GatewayRoute = {
  method: 'GET',
  path: '/docs',
  name: 'docs',
  summary: 'This API as a page',
  rule: { credential: 'none', why: saysNothing },
  isCounted: false,
  async handle(_req, res, { pages }) {
    send(res, 200, 'text/html; charset=utf-8', pages.html, { 'content-security-policy': pages.htmlPolicy });
    return true;
  },
};

const admin = adminPaths.map(
  ({ path, summary, why }): GatewayRoute => ({
    method: 'GET',
    path,
    name: 'admin',
    summary,
    rule: { credential: 'admin token', why },
    isCounted: false,
    handle: async (req, res, face) => handleAdmin(face.admin, req, res),
  }),
);

/** Every route of the gateway. A new one is a line here, and does not compile without its rule. */
export const gatewayRoutes: readonly GatewayRoute[] = [
  ...ingestRoutes.map(ingesting),
  pixel,
  openapi,
  docs,
  ...admin,
  ...dashboard,
  reads,
];
