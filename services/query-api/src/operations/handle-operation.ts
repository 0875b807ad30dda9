import { send } from '@fineprint/http-kit';
import { type Call, notAcceptable, pathOf, type QueryPorts, queryOf } from '../http/call.ts';
import { seesPeople } from '../keys/access.ts';
import { answerPlan, maskAnswer, unsealed } from '../masking/mask-answer.ts';
import type { Operation, OperationContext, OperationRequest } from './operation.ts';

/** Runs an operation and sends its answer. */
export async function handleOperation(operation: Operation, call: Call): Promise<void> {
  const { req, res, headers, ports, caller, body } = call;
  if (!req.accepts('application/json')) throw notAcceptable();
  const { database, warehouse, experiments, pipeline, privacy, subjectHash } = ports;
  const answer = await runMasked(
    operation,
    { query: queryOf(req), path: pathOf(req), body },
    { database, warehouse, experiments, pipeline, privacy, key: caller, subjectHash, nowMs: ports.nowMs() },
    ports,
  );
  send(res, answer.status, 'application/json', JSON.stringify(answer.body), headers);
}

/** Runs an operation; whoever may not see people gets its answer without them. */
export async function runMasked(
  operation: Operation,
  request: OperationRequest,
  context: OperationContext,
  { masking: readMasking }: Pick<QueryPorts, 'masking'>,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const plan = seesPeople(context.key) ? null : answerPlan(operation);
  if (plan === null) return operation.run(request, context);
  const masking = await readMasking();
  const query = unsealed(plan, masking, request.query);
  const { status, body } = await operation.run({ ...request, query }, context);
  return { status, body: maskAnswer(plan, masking, body) };
}
