import { JobError } from '@fineprint/jobs';
import { emptyScope, type PrivacyRequest, readRequest, type Scope, type StepName } from '@fineprint/privacy';
import type { Run } from '../engine/job.ts';
import type { Warehouse } from '../warehouse.ts';
import { endStep } from './end-step.ts';
import type { PrivacyPorts } from './ports.ts';
import { steps } from './steps.ts';

/**
 * Does what is left of a request, step by step. Each step's end is written down under the run's lease before the next one
 * begins, so whoever takes over goes on with the step that was broken off, from its start.
 */
export async function runRequest(
  id: string,
  {
    ports,
    warehouse,
    run,
  }: { readonly ports: PrivacyPorts; readonly warehouse: Warehouse; readonly run: Run },
): Promise<void> {
  for (;;) {
    run.signal.throwIfAborted();
    const request = await readRequest(ports.pool, id);
    const next = request?.steps.find(({ state }) => state !== 'done');
    if (request === null || next === undefined) return;
    await begin(run, request, next.name);
    try {
      const scope = await readScope(ports, id);
      const result = await steps[next.name]({ ports, warehouse, run, request, scope });
      await run.whileOurs((client) => endStep(client, request.id, next.name, result));
    } catch (error) {
      await note(ports, request, next.name, error instanceof JobError ? error.code : 'internal');
      throw error;
    }
  }
}

async function readScope({ pool }: PrivacyPorts, id: string): Promise<Scope> {
  const { rows } = await pool.query<{ scope: Scope | null }>(
    'SELECT scope FROM fineprint.privacy_requests WHERE id = $1',
    [id],
  );
  return rows[0]?.scope ?? emptyScope;
}

const begin = (run: Run, { id }: PrivacyRequest, name: StepName) =>
  run.whileOurs((client) =>
    client.query(
      `UPDATE fineprint.privacy_steps SET state = 'running', attempts = attempts + 1, error_code = NULL,
         started_at = coalesce(started_at, clock_timestamp()) WHERE request_id = $1 AND name = $2`,
      [id, name],
    ),
  );

const note = ({ pool }: PrivacyPorts, { id }: PrivacyRequest, name: StepName, code: string) =>
  pool.query('UPDATE fineprint.privacy_steps SET error_code = $3 WHERE request_id = $1 AND name = $2', [
    id,
    name,
    code,
  ]);
