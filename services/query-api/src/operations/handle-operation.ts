import { type Headers, send } from '@fineprint/http-kit';
import type { Request, Response } from 'express';
import { authorize, notAcceptable, pathOf, type QueryPorts, queryOf } from '../http/handle-query.ts';
import { mayLackBody, type Operation } from './operation.ts';
import { readJson } from './read-json.ts';

/** Runs an operation and sends its answer. */
export async function handleOperation(
  operation: Operation,
  req: Request,
  res: Response,
  ports: QueryPorts,
  headers: Headers,
): Promise<void> {
  const { key } = await authorize(req, operation.action, ports);
  if (!req.accepts('application/json')) throw notAcceptable();
  const request = {
    query: queryOf(req),
    path: pathOf(req),
    body: operation.bodySchema === null ? undefined : await readJson(req, mayLackBody(operation)),
  };
  const { database, warehouse, experiments } = ports;
  const answer = await operation.run(request, {
    database,
    warehouse,
    experiments,
    key,
    nowMs: ports.nowMs(),
  });
  send(res, answer.status, 'application/json', JSON.stringify(answer.body), headers);
}
