import { type Headers, SECURITY_HEADERS, send } from '@fineprint/http-kit';
import type { Request, Response } from 'express';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import type { LiveStreams } from '../ai/live-streams.ts';
import { pathParameters, readLive, realTime } from '../ai/real-time.ts';
import type { ChurnFits } from '../analytics/churn-fits.ts';
import type { DataSet } from '../clickhouse/data-version.ts';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import type { RunningExperiments } from '../experiments/running-experiments.ts';
import type { ExportSource } from '../exports/open-export.ts';
import { type Action, requireAccess } from '../keys/access.ts';
import type { ApiKey } from '../keys/api-key.ts';
import { readCredentials } from '../keys/credentials.ts';
import type { QueryMetrics } from '../metrics.ts';
import { readParameters } from '../params/read-parameters.ts';
import type { Database } from '../postgres/database.ts';
import { Problem } from '../problem/problem.ts';
import type { WindowStore } from '../windows/window-store.ts';
import type { AnswerCache } from './answer-cache.ts';
import { etagOf, isNotModified } from './etag.ts';

/** What handlers work with. */
export interface QueryPorts {
  readonly keys: { authenticate(key: string): ApiKey | Promise<ApiKey> };
  readonly warehouse: Warehouse;
  /** Where exports come from. */
  readonly exports: Pick<ExportSource, 'open'>;
  readonly database: Database;
  readonly churnFits: ChurnFits;
  readonly experiments: RunningExperiments;
  readonly windows: WindowStore;
  /** Of its tables now; never one from before the call. */
  readonly dataVersion: (data: DataSet) => Promise<string>;
  readonly cache: AnswerCache;
  readonly streams: LiveStreams;
  readonly rateLimit: (keyId: string) => Promise<void>;
  readonly metrics: QueryMetrics;
  readonly nowMs: () => number;
}

/** Who asks, and a way to ask again later; rejects unless the key may do this now. */
export async function authorize(
  req: Request,
  action: Action,
  ports: QueryPorts,
): Promise<{ readonly key: ApiKey; readonly mayGoOn: () => Promise<void> }> {
  const credentials = readCredentials(req);
  const check = async (): Promise<ApiKey> => {
    const key = await ports.keys.authenticate(credentials);
    requireAccess(key, action);
    return key;
  };
  const key = await check();
  await ports.rateLimit(key.id);
  return { key, mayGoOn: async () => void (await check()) };
}

export const queryOf = (req: Request): URLSearchParams => {
  const at = req.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : req.url.slice(at + 1));
};

export const pathOf = (req: Request): URLSearchParams =>
  new URLSearchParams(req.params as Record<string, string>);

/** Answers a question about the data: from the client's copy, from ours, or from ClickHouse. */
export async function handleQuery(
  endpoint: Endpoint,
  req: Request,
  res: Response,
  ports: QueryPorts,
  headers: Headers,
): Promise<void> {
  await authorize(req, endpoint.action, ports);
  if (!req.accepts('application/json')) throw notAcceptable();
  const { warehouse, windows, database, churnFits } = ports;
  const context: EndpointContext = { warehouse, windows, database, churnFits, nowMs: ports.nowMs() };
  const prepared = await endpoint.prepare(queryOf(req), pathOf(req), context);
  const dataVersion = await ports.dataVersion(endpoint.data ?? 'ai');
  const question = JSON.stringify([endpoint.path, prepared.key]);
  const cachingOf = (version: string) => ({
    ...headers,
    etag: etagOf(question, version),
    'cache-control': 'private, no-cache',
    vary: 'Authorization, X-Api-Key',
  });
  const notModified = (caching: ReturnType<typeof cachingOf>): boolean => {
    if (!isNotModified(req.headers['if-none-match'], caching.etag)) return false;
    ports.metrics.cache.inc({ result: 'not_modified' });
    res.writeHead(304, { ...SECURITY_HEADERS, ...caching }).end();
    return true;
  };
  if (notModified(cachingOf(dataVersion))) return;
  const { body, version, result } = await ports.cache.answer(question, dataVersion, async () =>
    JSON.stringify(await prepared.answer(dataVersion)),
  );
  const caching = cachingOf(version);
  if (result === 'stale' && notModified(caching)) return;
  ports.metrics.cache.inc({ result });
  send(res, 200, 'application/json', body, caching);
}

/** Answers what a model does now, once or every second. */
export async function handleRealTime(
  req: Request,
  res: Response,
  ports: QueryPorts,
  headers: Headers,
): Promise<void> {
  const { mayGoOn } = await authorize(req, realTime.action, ports);
  const type = req.accepts(['application/json', 'text/event-stream']);
  if (!type) throw notAcceptable();
  readParameters(realTime.parameters, queryOf(req));
  const live = readParameters(pathParameters, pathOf(req));
  const first = await readLive(ports.warehouse, live, ports.nowMs());
  if (type === 'application/json' || req.method === 'HEAD') {
    send(res, 200, type, JSON.stringify(first), { ...headers, vary: 'Accept' });
    return;
  }
  if (res.destroyed) return; // went away meanwhile
  await ports.streams.open({ live, res, headers: { ...headers, vary: 'Accept' }, mayGoOn }, first);
}

export const notAcceptable = () => new Problem('not_acceptable', 'Accept names nothing that this path has.');
