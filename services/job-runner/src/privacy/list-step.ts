import { askedOf } from './asked.ts';
import { resolveScope } from './resolve-scope.ts';
import { listErased, saveScope } from './save-scope.ts';
import type { Step } from './step.ts';

/** From here on nothing of before passes the scrubber any more. */
export const list: Step = async (context) => {
  const { run, request } = context;
  const scope = await resolveScope(context, askedOf(request));
  await run.whileOurs(async (client) => {
    await saveScope(client, context, scope);
    await listErased(client, context, scope);
  });
  return { ids: scope.persons.length };
};
