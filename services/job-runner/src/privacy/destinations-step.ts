import type { DeletionState } from '@fineprint/destinations';
import { JobError } from '@fineprint/jobs';
import { askVendor } from './ask-vendor.ts';
import type { DeletionTarget } from './ports.ts';
import type { Step, StepContext } from './step.ts';

interface Asked {
  readonly status: 'asked' | 'failed' | 'not_configured';
  readonly tasks: readonly string[];
  readonly ids: number;
}

/** Asks every destination that gets events to delete the user. What was asked for once is not asked for again. */
export const destinations: Step = async (context) => {
  const { ports, run, request } = context;
  const told: Record<string, string> = {};
  for (const target of ports.targets) {
    const { rows } = await ports.pool.query<{ status: string }>(
      'SELECT status FROM fineprint.privacy_vendor_deletions WHERE request_id = $1 AND destination = $2',
      [request.id, target.name],
    );
    if (rows[0] !== undefined) {
      told[target.name] = rows[0].status;
      continue;
    }
    const { status, tasks, ids } = await ask(context, target);
    await run.whileOurs((client) =>
      client.query(
        `INSERT INTO fineprint.privacy_vendor_deletions (request_id, destination, status, task, ids, asked_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp()) ON CONFLICT DO NOTHING`,
        [request.id, target.name, status, tasks.length === 0 ? null : JSON.stringify(tasks), ids],
      ),
    );
    told[target.name] = status;
  }
  return told;
};

async function ask({ request, scope, run }: StepContext, target: DeletionTarget): Promise<Asked> {
  const { api, key, secret, baseUrl } = target;
  const ids = api.idsOf(scope);
  if (secret === null) return { status: 'not_configured', tasks: [], ids: ids.length };
  const tasks: string[] = [];
  for (let from = 0; from < ids.length; from += api.maxIds) {
    const nowMs = Date.now();
    const some = ids.slice(from, from + api.maxIds);
    const state: DeletionState = api.asked(
      await askVendor(baseUrl, api.ask(some, request.regulation, { key, secret }, nowMs), run.signal),
      nowMs,
    );
    if (state.is === 'away')
      throw new JobError('destination_away', `${target.name} does not take a deletion now`);
    if (state.is !== 'asked') return { status: 'failed', tasks, ids: ids.length };
    tasks.push(state.task);
  }
  return { status: 'asked', tasks, ids: ids.length };
}
