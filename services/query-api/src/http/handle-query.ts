import { SECURITY_HEADERS, send } from '@fineprint/http-kit';
import type { Endpoint, EndpointContext } from '../ai/endpoint.ts';
import { pathParameters, readLive, realTime } from '../ai/real-time.ts';
import { seesPeople } from '../keys/access.ts';
import type { ApiKey } from '../keys/api-key.ts';
import { answerPlan, maskAnswer, unsealed } from '../masking/mask-answer.ts';
import { readParameters } from '../params/read-parameters.ts';
import { Problem } from '../problem/problem.ts';
import { type Call, notAcceptable, pathOf, type QueryPorts, queryOf } from './call.ts';
import { etagOf, isNotModified } from './etag.ts';

/**
 * A question about the data that is settled: what it is called, of which data, and its answer, kept or made. Answers are kept as
 * they are, and masked for whom they are.
 */
export async function prepareAnswer(
  endpoint: Endpoint,
  given: URLSearchParams,
  path: URLSearchParams,
  ports: QueryPorts,
  caller: ApiKey,
) {
  const plan = seesPeople(caller) ? null : answerPlan(endpoint);
  const masking = plan === null ? null : await ports.masking();
  const query = plan === null || masking === null ? given : unsealed(plan, masking, given);
  const { warehouse, windows, database, churnFits } = ports;
  const context: EndpointContext = { warehouse, windows, database, churnFits, nowMs: ports.nowMs() };
  const prepared = await endpoint.prepare(query, path, context);
  const dataVersion = await ports.dataVersion(endpoint.data ?? 'ai');
  const question = JSON.stringify([endpoint.path, prepared.key]);
  const answer = async () => {
    const kept = await ports.cache.answer(question, dataVersion, async () =>
      JSON.stringify(await prepared.answer(dataVersion)),
    );
    if (plan === null || masking === null) return kept;
    return { ...kept, body: JSON.stringify(maskAnswer(plan, masking, JSON.parse(kept.body))) };
  };
  // Who may see people must not be told that a masked copy is still right.
  return { question: plan === null ? question : `masked ${question}`, dataVersion, answer };
}

/** Answers a question about the data: from the client's copy, from ours, or from ClickHouse. */
export async function handleQuery(endpoint: Endpoint, call: Call): Promise<void> {
  const { req, res, ports, headers, caller } = call;
  if (!req.accepts('application/json')) throw notAcceptable();
  const prepared = await prepareAnswer(endpoint, queryOf(req), pathOf(req), ports, caller);
  const { question, dataVersion } = prepared;
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
  const { body, version, result } = await prepared.answer();
  const caching = cachingOf(version);
  if (result === 'stale' && notModified(caching)) return;
  ports.metrics.cache.inc({ result });
  send(res, 200, 'application/json', body, caching);
}

/** Answers what a model does now, once or again and again. */
export async function handleRealTime({ req, res, ports, headers, mayGoOn }: Call): Promise<void> {
  if (!ports.isRealtime)
    throw new Problem('realtime_disabled', 'ENABLE_REALTIME_PROCESSING is false for this installation.');
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
