import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Why a service is not ready, or what is degraded. */
export interface ReadyReason {
  readonly code: string;
  readonly message: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly ReadyReason[];
}

export interface AdminEndpoints {
  /** Is the process itself sound; dependencies do not count. */
  health(): Readonly<Record<string, unknown>>;
  ready(): Readiness | Promise<Readiness>;
  /** Without it, /metrics answers 404. */
  readonly metrics?: Metrics;
  readonly log: Logger;
}

export interface AdminServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers /health, /ready and /metrics; returns false for any other path, having written nothing. */
export function handleAdmin(endpoints: AdminEndpoints, req: IncomingMessage, res: ServerResponse): boolean {
  const answer = answerFor(endpoints, (req.url ?? '').split('?')[0] ?? '');
  if (answer === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return false;
  answer().then(
    ({ status, type, body }) => {
      res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      res.end(req.method === 'HEAD' ? undefined : body);
    },
    (err: unknown) => {
      endpoints.log.error({ err }, 'an admin endpoint failed');
      res.writeHead(500, { 'content-type': 'application/json' });
      res.end('{"code":"internal"}');
    },
  );
  return true;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, body: object): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

function answerFor(endpoints: AdminEndpoints, path: string): (() => Promise<Answer>) | undefined {
  const { metrics } = endpoints;
  switch (path) {
    case '/health':
      return async () => json(200, { status: 'ok', ...endpoints.health() });
    case '/ready':
      return async () => {
        const readiness = await endpoints.ready();
        return json(readiness.ready ? 200 : 503, readiness);
      };
    case '/metrics':
      if (metrics === undefined) return undefined;
      return async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() });
    default:
      return undefined;
  }
}

/** A small HTTP server for a service that has no other one. */
export async function startAdminServer(
  options: AdminEndpoints & { readonly host: string; readonly port: number },
): Promise<AdminServer> {
  const server = createServer((req, res) => {
    if (handleAdmin(options, req, res)) return;
    res.writeHead(404, { 'content-type': 'application/json' });
    res.end('{"code":"not_found"}');
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.maxConnections = 100;
  await listen(server, options.port, options.host);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${options.host}:${port}`, close: () => closeServer(server) };
}

/** Resolves when listening; rejects with the system's error (EADDRINUSE, ...). */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Stops accepting, lets requests in flight finish, closes idle connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}
