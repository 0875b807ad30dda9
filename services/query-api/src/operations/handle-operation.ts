import { send } from '@fineprint/http-kit';
import { type Call, notAcceptable, pathOf, queryOf } from '../http/call.ts';
import type { Operation } from './operation.ts';

/** Runs an operation and sends its answer. */
export async function handleOperation(operation: Operation, call: Call): Promise<void> {
  const { req, res, headers, ports, caller, body } = call;
  if (!req.accepts('application/json')) throw notAcceptable();
  const { database, warehouse, experiments, privacy, subjectHash } = ports;
  const answer = await operation.run(
    { query: queryOf(req), path: pathOf(req), body },
    { database, warehouse, experiments, privacy, key: caller, subjectHash, nowMs: ports.nowMs() },
  );
  send(res, answer.status, 'application/json', JSON.stringify(answer.body), headers);
}
