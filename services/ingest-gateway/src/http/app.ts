import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Headers, SECURITY_HEADERS, sendProblem } from '@fineprint/http-kit';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Problem } from '../problem/problem.ts';
import { corsHeaders, type OriginPolicy, preflightHeaders } from './cors.ts';
import { type Face, type GatewayRoute, gatewayRoutes } from './route-table.ts';
import { ingestRoutes } from './routes.ts';

export interface AppOptions extends Omit<Face, 'headersFor'> {
  /** While draining, connections are closed after their answer. */
  readonly isDraining: () => boolean;
  readonly onServerError: (problem: Problem, instance: string, route: string) => void;
}

const METHODS = { GET: 'get', POST: 'post', ALL: 'all' } as const;

/**
 * The gateway's HTTP face. Bodies are read by our own bounded reader; Express only routes. What it has are the routes of the
 * table, which a test holds against the app's. What is posted to exactly a path for events goes to its handler by a look-up of
 * the path: Express' routing costs a tenth of such a request.
 */
export function createApp(options: AppOptions): {
  readonly app: Express;
  readonly listener: RequestListener;
} {
  const { ports } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  const headersFor = (req: IncomingMessage): Headers => ({
    ...corsHeaders(ports.origins, req.headers.origin),
    ...(options.isDraining() ? { connection: 'close' } : {}),
  });

  /** Runs a handler and answers whatever comes of it; each request is counted and timed once. */
  const answering =
    (route: string, handle: (req: Request, res: Response) => Promise<void>) =>
    async (req: Request, res: Response): Promise<void> => {
      const end = ports.metrics.requestSeconds.startTimer();
      try {
        await handle(req, res);
      } catch (error) {
        answerError(error, route, req, res);
      }
      end();
      // A client that went away has got no answer.
      ports.metrics.requests.inc({ route, status: res.headersSent ? String(res.statusCode) : 'aborted' });
    };

  const answerError = (error: unknown, route: string, req: IncomingMessage, res: ServerResponse): void => {
    const problem =
      error instanceof Problem ? error : new Problem('internal', 'Something failed here.', { cause: error });
    const instance = sendProblem(res, problem, headersFor(req));
    if (problem.status >= 500) options.onServerError(problem, instance, route);
    else if (problem.errors.length === 0) ports.metrics.rejected.inc({ code: problem.code });
  };

  const face: Face = { ...options, headersFor };
  const answer = (route: GatewayRoute) => {
    const handle = async (req: Request, res: Response) => {
      if (!(await route.handle(req, res, face))) throw notFound();
    };
    if (route.isCounted) return answering(route.name, handle);
    return (req: Request, res: Response) =>
      handle(req, res).catch((error: unknown) => answerError(error, 'none', req, res));
  };
  const eventPaths = new Set(ingestRoutes.map((route) => route.path));
  const posts = new Map<string, ReturnType<typeof answer>>();
  for (const path of new Set(gatewayRoutes.map((route) => route.path))) {
    const those = gatewayRoutes.filter((route) => route.path === path);
    for (const route of those) {
      const handle = answer(route);
      app[METHODS[route.method]](path, handle);
      if (route.method === 'POST' && eventPaths.has(path)) posts.set(path, handle);
    }
    const methods = those.map((route) => route.method).join(', ');
    const isForPages = those.some(({ rule }) => rule.credential === 'write key');
    app.all(
      path,
      isForPages ? preflight(methods, ports.origins, headersFor) : otherMethod(methods, headersFor),
    );
  }
  app.use((req: Request, res: Response) => answerError(notFound(), 'none', req, res));
  // Express itself refuses addresses that are no valid percent-encoding; it tells error handlers by their four parameters.
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    const isAddress = error instanceof URIError;
    const problem = isAddress ? new Problem('bad_request', 'The address is not valid.') : error;
    answerError(problem, 'none', req, res);
  });
  const listener: RequestListener = (req, res) => {
    const handle = req.method === 'POST' ? posts.get(pathOf(req.url ?? '')) : undefined;
    // These handlers use what Node gives, nothing of Express.
    if (handle === undefined) app(req, res);
    else void handle(req as Request, res as Response);
  };
  return { app, listener };
}

function pathOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at);
}

const notFound = () => new Problem('not_found', 'There is nothing at this path.');

type HeadersFor = (req: IncomingMessage) => Headers;

/** Refuses methods that a path does not have. */
const otherMethod = (allow: string, headersFor: HeadersFor) => (req: Request, res: Response) => {
  const problem = new Problem('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } });
  sendProblem(res, problem, headersFor(req));
};

/** Answers what a browser asks before a page may send, and refuses other methods. */
function preflight(method: string, origins: OriginPolicy, headersFor: HeadersFor) {
  const allow = `${method}, OPTIONS`;
  const refuse = otherMethod(allow, headersFor);
  return (req: Request, res: Response): void => {
    if (req.method !== 'OPTIONS') {
      refuse(req, res);
      return;
    }
    const headers = preflightHeaders(origins, req.headers.origin, allow);
    res.writeHead(204, { ...SECURITY_HEADERS, ...headers, allow });
    res.end();
  };
}
