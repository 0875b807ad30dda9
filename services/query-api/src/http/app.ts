import type { ServerResponse } from 'node:http';
import { type DocumentPages, type Headers, send, sendProblem } from '@fineprint/http-kit';
import { type AdminEndpoints, handleAdmin } from '@fineprint/observability';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { endpoints } from '../ai/endpoints.ts';
import { realTime } from '../ai/real-time.ts';
import { exportEndpoint } from '../exports/endpoint.ts';
import { handleExport } from '../exports/handle-export.ts';
import { handleOperation } from '../operations/handle-operation.ts';
import { operations } from '../operations/index.ts';
import type { Method, Operation } from '../operations/operation.ts';
import { Problem } from '../problem/problem.ts';
import { handleReport, reportEndpoint } from '../reports/show.ts';
import { handleQuery, handleRealTime, type QueryPorts } from './handle-query.ts';

export interface AppOptions {
  readonly ports: QueryPorts;
  readonly admin: AdminEndpoints;
  readonly pages: DocumentPages;
  /** In a test, others than the product's. */
  readonly operations?: readonly Operation[];
  /** While draining, connections are closed after their answer. */
  readonly isDraining: () => boolean;
  readonly onServerError: (problem: Problem, instance: string, route: string) => void;
}

interface Route {
  readonly method: Method;
  readonly path: string;
  readonly name: string;
  readonly handle: Handler;
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const;

const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** Express answers HEAD wherever there is GET. */
const allowedMethods = (routes: readonly Route[]): string =>
  routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');

type Handler = (req: Request, res: Response, headers: Headers) => Promise<void>;

/** The query API's HTTP face. No page of another origin may read its answers: it sends no CORS headers. */
export function createApp(options: AppOptions): Express {
  const { ports, pages } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  const headersNow = (): Headers => (options.isDraining() ? { connection: 'close' } : {});

  const answerError = (error: unknown, route: string, res: ServerResponse): void => {
    const problem =
      error instanceof Problem ? error : new Problem('internal', 'Something failed here.', { cause: error });
    ports.metrics.problems.inc({ code: problem.code });
    const instance = sendProblem(res, problem, headersNow());
    if (problem.status >= 500) options.onServerError(problem, instance, route);
  };

  /** Runs a handler and answers whatever comes of it; each request is counted and timed once. */
  const answering = (route: string, handle: Handler) => async (req: Request, res: Response) => {
    const end = ports.metrics.requestSeconds.startTimer({ route });
    try {
      if (options.isDraining()) throw new Problem('shutting_down', 'This instance is stopping.');
      await handle(req, res, headersNow());
    } catch (error) {
      answerError(error, route, res);
    }
    end();
    ports.metrics.requests.inc({ route, status: res.headersSent ? String(res.statusCode) : 'aborted' });
  };

  const routes: Route[] = [
    ...endpoints.map(
      (endpoint): Route => ({
        method: 'GET',
        path: endpoint.path,
        name: endpoint.name,
        handle: (req, res, headers) => handleQuery(endpoint, req, res, ports, headers),
      }),
    ),
    ...(options.operations ?? operations).map(
      (operation): Route => ({
        ...operation,
        handle: (req, res, headers) => handleOperation(operation, req, res, ports, headers),
      }),
    ),
    {
      method: 'GET',
      path: realTime.path,
      name: realTime.name,
      handle: (req, res, headers) => handleRealTime(req, res, ports, headers),
    },
    {
      method: 'GET',
      path: exportEndpoint.path,
      name: exportEndpoint.name,
      handle: (req, res, headers) => handleExport(req, res, ports, headers),
    },
    {
      method: 'GET',
      path: reportEndpoint.path,
      name: reportEndpoint.name,
      handle: (req, res, headers) => handleReport(req, res, ports, headers),
    },
  ];
  for (const { method, path, name, handle } of routes) {
    app[METHODS[method]](expressPath(path), answering(name, handle));
  }
  for (const path of new Set(routes.map((r) => r.path))) {
    const allow = allowedMethods(routes.filter((r) => r.path === path));
    app.all(expressPath(path), (_req, res) => {
      const problem = new Problem('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } });
      answerError(problem, 'none', res);
    });
  }

  app.get('/openapi.json', (_req, res) => send(res, 200, 'application/json', pages.openapi));
  app.get('/docs', (_req, res) =>
    send(res, 200, 'text/html; charset=utf-8', pages.html, { 'content-security-policy': pages.htmlPolicy }),
  );
  app.use((req: Request, res: Response) => {
    if (handleAdmin(options.admin, req, res)) return;
    answerError(new Problem('not_found', 'There is nothing at this path.'), 'none', res);
  });
  // Express itself refuses addresses that are no valid percent-encoding; it tells error handlers by their four parameters.
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    const isAddress = error instanceof URIError;
    const problem = isAddress ? new Problem('bad_request', 'The address is not valid.') : error;
    answerError(problem, 'none', res);
  });
  return app;
}
