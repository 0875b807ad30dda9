import { joined } from '@fineprint/privacy';
import { countRows } from './count-rows.ts';
import { resolveScope } from './resolve-scope.ts';
import { listErased, saveScope } from './save-scope.ts';
import { scopeByList } from './scope-by-list.ts';
import type { Step } from './step.ts';

/** Whom the request is about by now, and how much there is of them. */
export const scope: Step = async (context) => {
  const { run, request } = context;
  const found =
    request.subject === null ? await scopeByList(context) : await resolveScope(context, request.subject);
  const now = joined(context.scope, found);
  await run.whileOurs(async (client) => {
    await saveScope(client, context, now);
    if (request.kind === 'erasure') await listErased(client, context, now);
  });
  return { ids: now.persons.length, found: await countRows({ ...context, scope: now }) };
};
