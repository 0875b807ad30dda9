import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AdminGuard, createAdminGuard } from './admin-guard.ts';
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
  readonly guard: AdminGuard;
}

/** What every service shows of itself. Load balancers and supervisors ask the first two and bring no token. */
export const adminPaths = [
  {
    path: '/health',
    summary: 'Whether the process is sound',
    why: 'that it is; what it works on needs the token',
  },
  {
    path: '/ready',
    summary: 'Whether it can do its work',
    why: 'yes or no, with the codes of what is missing; the texts need the token',
  },
  { path: '/metrics', summary: 'Figures for Prometheus', why: 'nothing without the token' },
] as const;

/** On every answer. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export interface AdminServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers /health, /ready and /metrics; returns false for any other path, having written nothing. */
export function handleAdmin(endpoints: AdminEndpoints, req: IncomingMessage, res: ServerResponse): boolean {
  const mayLook = endpoints.guard.mayLook(req);
  const answer = answerFor(endpoints, (req.url ?? '').split('?')[0] ?? '', mayLook);
  if (answer === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return false;
  answer().then(
    ({ status, type, body }) => {
      const asking = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
      res.writeHead(status, { ...HEADERS, ...asking, 'content-type': type });
      res.end(req.method === 'HEAD' ? undefined : body);
    },
    (err: unknown) => {
      endpoints.log.error({ err }, 'an admin endpoint failed');
      res.writeHead(500, { ...HEADERS, 'content-type': 'application/json' });
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

function answerFor(
  endpoints: AdminEndpoints,
  path: string,
  mayLook: boolean,
): (() => Promise<Answer>) | undefined {
  const { metrics } = endpoints;
  switch (path) {
    case '/health':
      return async () => json(200, { status: 'ok', ...(mayLook ? endpoints.health() : {}) });
    case '/ready':
      return async () => {
        const { ready, reasons } = await endpoints.ready();
        const shown = mayLook ? reasons : reasons.map(({ code }) => ({ code }));
        return json(ready ? 200 : 503, { ready, reasons: shown });
      };
    case '/metrics':
      if (metrics === undefined) return undefined;
      if (!mayLook) return async () => json(401, { code: 'admin_token_required' });
      return async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() });
    default:
      return undefined;
  }
}

/** A small HTTP server for a service that has no other one. */
export async function startAdminServer(
  options: Omit<AdminEndpoints, 'guard'> & {
    readonly host: string;
    readonly port: number;
    /** Asked for by what tells of the service's inside; needed where others than this machine can reach it. */
    readonly token: string | undefined;
  },
): Promise<AdminServer> {
  const guard = createAdminGuard(options);
  const server = createServer((req, res) => {
    if (handleAdmin({ ...options, guard }, req, res)) return;
    res.writeHead(404, { ...HEADERS, 'content-type': 'application/json' });
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
