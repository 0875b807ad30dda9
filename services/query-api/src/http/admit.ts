import { randomUUID } from 'node:crypto';
import { AuditLogFull, type Outcome } from '@fineprint/audit-log';
import type { Headers } from '@fineprint/http-kit';
import type { Request, Response } from 'express';
import { actionRules, requireAccess } from '../keys/access.ts';
import type { ApiKey } from '../keys/api-key.ts';
import { readJson } from '../operations/read-json.ts';
import { Problem } from '../problem/problem.ts';
import { actedOn } from './acted-on.ts';
import { type Call, pathOf, type QueryPorts, queryOf } from './call.ts';
import type { KeyedRoute } from './routes.ts';

const NOT_AUDITED = async () => undefined;

/**
 * Lets a request in by its route's rule. Who may not learns nothing of what there is: all else is looked at afterwards. What has
 * to be in the audit log is there before it is done; where it cannot be written, nothing is done.
 */
export async function admit(
  route: KeyedRoute,
  req: Request,
  res: Response,
  headers: Headers,
  ports: QueryPorts,
): Promise<Call> {
  const { action } = route.rule;
  const caller = await ports.callers.authenticate(req);
  await ports.rateLimit(caller.id);
  const record = actionRules[action].isAudited ? recorder(route, req, ports, caller) : null;
  try {
    requireAccess(caller, action);
  } catch (error) {
    await record?.('denied', undefined, error);
    throw error;
  }
  const body = route.body === 'none' ? undefined : await readJson(req, route.body === 'optional');
  await record?.('allowed', body);
  return {
    req,
    res,
    headers,
    ports,
    caller,
    body,
    mayGoOn: async () => requireAccess(await ports.callers.authenticate(req), action),
    failed: record === null ? NOT_AUDITED : (error) => record('failed', body, error),
  };
}

type Record = (outcome: Outcome, body: unknown, error?: unknown) => Promise<void>;

/** Writes what becomes of one request. */
function recorder(route: KeyedRoute, req: Request, ports: QueryPorts, caller: ApiKey): Record {
  const requestId = randomUUID();
  const actor = caller.id.startsWith('oidc:') ? caller.id : `api_key:${caller.id}`;
  return (outcome, body, error) => {
    const code = error === undefined ? null : error instanceof Problem ? error.code : 'internal';
    const { object, subject } = actedOn({ path: pathOf(req), query: queryOf(req), body }, ports.subjectHash);
    const act = { actor, role: caller.role, action: route.name, object, subject, outcome, code, requestId };
    return ports.auditLog.append(act).catch(unavailable);
  };
}

function unavailable(error: unknown): never {
  const detail =
    error instanceof AuditLogFull ? 'Too much is being written down.' : 'It may be back in a moment.';
  throw new Problem('audit_log_unavailable', detail, { cause: error, retryAfterS: 2 });
}
