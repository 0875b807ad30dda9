import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DocumentPages, type Headers, send, sendJson, sendProblem } from '@fineprint/http-kit';
import { type AdminEndpoints, handleAdmin } from '@fineprint/observability';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Problem } from '../problem/problem.ts';
import { corsHeaders, type OriginPolicy, preflightHeaders } from './cors.ts';
import { handleIngest, type IngestPorts, type IngestSettings } from './ingest-handler.ts';
import { handlePixel, PIXEL } from './pixel.ts';
import type { QueryProxy } from './query-proxy.ts';
import { ingestRoutes, PIXEL_PATH } from './routes.ts';

export interface AppOptions {
  readonly ports: IngestPorts;
  readonly settings: IngestSettings;
  readonly admin: AdminEndpoints;
  readonly pages: DocumentPages;
  /** Takes what is under /api/v1/ and no path of events; without one there is nothing. */
  readonly queryProxy?: QueryProxy;
  /** While draining, connections are closed after their answer. */
  readonly isDraining: () => boolean;
  readonly onServerError: (problem: Problem, instance: string, route: string) => void;
}

/** The gateway's HTTP face. Bodies are read by our own bounded reader; Express only routes. */
export function createApp(options: AppOptions): Express {
  const { ports, settings, pages } = options;
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

  for (const route of ingestRoutes) {
    const handle = async (req: Request, res: Response) => {
      const answer = await handleIngest(req, route, ports, settings);
      sendJson(res, 202, answer, headersFor(req));
    };
    app.post(route.path, answering(route.name, handle));
    app.all(route.path, otherMethod('POST', ports.origins, headersFor));
  }

  const pixel = async (req: Request, res: Response) => {
    await handlePixel(req, ports, settings);
    send(res, 200, 'image/gif', PIXEL, headersFor(req));
  };
  app.get(PIXEL_PATH, answering('product.pixel', pixel));
  app.all(PIXEL_PATH, otherMethod('GET', ports.origins, headersFor));

  const { queryProxy } = options;
  if (queryProxy !== undefined) {
    app.all(
      '/api/v1/*path',
      answering('query', (req, res) => queryProxy.pass(req, res)),
    );
  }

  app.get('/openapi.json', (req, res) =>
    send(res, 200, 'application/json', pages.openapi, {
      ...headersFor(req),
      'access-control-allow-origin': '*',
    }),
  );
  app.get('/docs', (_req, res) =>
    send(res, 200, 'text/html; charset=utf-8', pages.html, { 'content-security-policy': pages.htmlPolicy }),
  );
  app.use((req: Request, res: Response) => {
    if (handleAdmin(options.admin, req, res)) return;
    answerError(new Problem('not_found', 'There is nothing at this path.'), 'none', req, res);
  });
  // Express itself refuses addresses that are no valid percent-encoding; it tells error handlers by their four parameters.
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    const isAddress = error instanceof URIError;
    const problem = isAddress ? new Problem('bad_request', 'The address is not valid.') : error;
    answerError(problem, 'none', req, res);
  });
  return app;
}

/** Answers preflights, and refuses methods that a path does not have. */
function otherMethod(method: string, origins: OriginPolicy, headersFor: (req: IncomingMessage) => Headers) {
  const allow = `${method}, OPTIONS`;
  return (req: Request, res: Response): void => {
    if (req.method === 'OPTIONS') {
      const headers = preflightHeaders(origins, req.headers.origin, allow);
      res.writeHead(204, { ...headers, allow });
      res.end();
      return;
    }
    const problem = new Problem('method_not_allowed', `This path takes ${method}.`, { headers: { allow } });
    sendProblem(res, problem, headersFor(req));
  };
}
