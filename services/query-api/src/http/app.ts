import type { ServerResponse } from 'node:http';
import { type Headers, sendProblem } from '@fineprint/http-kit';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Method, Operation } from '../operations/operation.ts';
import { Problem } from '../problem/problem.ts';
import { admit } from './admit.ts';
import type { Call, QueryPorts } from './call.ts';
import { type KeyedRoute, keyedRoutes, type OpenPorts, openRoutes } from './routes.ts';

export interface AppOptions extends OpenPorts {
  readonly ports: QueryPorts;
  /** In a test, others than the product's. */
  readonly operations?: readonly Operation[];
  /** While draining, connections are closed after their answer. */
  readonly isDraining: () => boolean;
  /** An act failed, and that could not be added to the audit log. */
  readonly onAuditError: (error: unknown) => void;
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const;

export const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** Express answers HEAD wherever there is GET. */
const allowedMethods = (methods: readonly Method[]): string =>
  methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');

/** No page of another origin may read or embed an answer: it sends no CORS headers either. */
const OWN_ORIGIN = { 'cross-origin-resource-policy': 'same-origin' } as const;

/**
 * The query API's HTTP face. What it has are the routes of the tables in routes.ts, and each is let in by its rule: a test
 * holds the two against each other.
 */
export function createApp(options: AppOptions): Express {
  const { ports } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  const headersNow = (): Headers =>
    options.isDraining() ? { ...OWN_ORIGIN, connection: 'close' } : OWN_ORIGIN;

  const answerError = (error: unknown, route: string, res: ServerResponse): void => {
    const problem =
      error instanceof Problem ? error : new Problem('internal', 'Something failed here.', { cause: error });
    ports.metrics.problems.inc({ code: problem.code });
    const instance = sendProblem(res, problem, headersNow());
    if (problem.status >= 500) ports.onServerError(problem, instance, route);
  };

  /** Lets a request in, runs its handler and answers whatever comes of it; each request is counted and timed once. */
  const answering = (route: KeyedRoute) => async (req: Request, res: Response) => {
    const end = ports.metrics.requestSeconds.startTimer({ route: route.name });
    let call: Call | undefined;
    try {
      if (options.isDraining()) throw new Problem('shutting_down', 'This instance is stopping.');
      call = await admit(route, req, res, headersNow(), ports);
      await route.handle(call);
    } catch (error) {
      // That it was tried is written down already; the client is told the same either way.
      await call?.failed(error).catch(options.onAuditError);
      answerError(error, route.name, res);
    }
    end();
    const status = res.headersSent ? String(res.statusCode) : 'aborted';
    ports.metrics.requests.inc({ route: route.name, status });
  };

  const notFound = (res: ServerResponse) =>
    answerError(new Problem('not_found', 'There is nothing at this path.'), 'none', res);

  const routes = keyedRoutes(options.operations);
  for (const route of routes) app[METHODS[route.method]](expressPath(route.path), answering(route));
  for (const route of openRoutes) {
    app.get(expressPath(route.path), async (req, res) => {
      try {
        if (!(await route.handle(req, res, options))) notFound(res);
      } catch (error) {
        answerError(error, route.name, res);
      }
    });
  }
  const all = [...routes, ...openRoutes];
  for (const path of new Set(all.map((r) => r.path))) {
    const allow = allowedMethods(all.filter((r) => r.path === path).map((r) => r.method));
    app.all(expressPath(path), (_req, res) => {
      const problem = new Problem('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } });
      answerError(problem, 'none', res);
    });
  }
  app.use((_req: Request, res: Response) => notFound(res));
  // Express itself refuses addresses that are no valid percent-encoding; it tells error handlers by their four parameters.
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    const isAddress = error instanceof URIError;
    const problem = isAddress ? new Problem('bad_request', 'The address is not valid.') : error;
    answerError(problem, 'none', res);
  });
  return app;
}
