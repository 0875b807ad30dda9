import type { QueryPorts } from '../http/call.ts';
import { prepareAnswer } from '../http/handle-query.ts';
import { requireAccess } from '../keys/access.ts';
import type { ApiKey } from '../keys/api-key.ts';
import { runMasked } from '../operations/handle-operation.ts';
import { isOperation } from './questions.ts';
import type { GraphqlContext } from './schema.ts';

/** Asks as the paths do: the same roles, checks, kept answers and limits, once for each field. */
export function createAsk(key: ApiKey, ports: QueryPorts): GraphqlContext['ask'] {
  let asked = 0;
  return async (asks, query, path) => {
    requireAccess(key, asks.action);
    // The first is paid for by the request itself.
    if (asked++ > 0) await ports.rateLimit(key.id);
    if (!isOperation(asks)) {
      const { answer } = await prepareAnswer(asks, query, path, ports, key);
      const { body, result } = await answer();
      ports.metrics.cache.inc({ result });
      return JSON.parse(body);
    }
    const { database, warehouse, experiments, pipeline, privacy, subjectHash } = ports;
    const nowMs = ports.nowMs();
    const context = { database, warehouse, experiments, pipeline, privacy, key, subjectHash, nowMs };
    const { body } = await runMasked(asks, { query, path, body: undefined }, context, ports);
    return body;
  };
}
