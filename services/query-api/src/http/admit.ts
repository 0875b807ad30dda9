import type { Headers } from '@fineprint/http-kit';
import type { Request, Response } from 'express';
import { requireAccess } from '../keys/access.ts';
import type { ApiKey } from '../keys/api-key.ts';
import { readJson } from '../operations/read-json.ts';
import type { Call, QueryPorts } from './call.ts';
import type { KeyedRoute } from './routes.ts';

/** Lets a request in by its route's rule. Who may not learns nothing of what there is: all else is looked at afterwards. */
export async function admit(
  route: KeyedRoute,
  req: Request,
  res: Response,
  headers: Headers,
  ports: QueryPorts,
): Promise<Call> {
  const check = async (): Promise<ApiKey> => {
    const caller = await ports.callers.authenticate(req);
    requireAccess(caller, route.rule.action);
    return caller;
  };
  const caller = await check();
  await ports.rateLimit(caller.id);
  const body = route.body === 'none' ? undefined : await readJson(req, route.body === 'optional');
  return { req, res, headers, ports, caller, mayGoOn: async () => void (await check()), body };
}
