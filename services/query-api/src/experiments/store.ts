import { canChangeStatus, type ExperimentStatus } from '@fineprint/experiments';
import type { Database, Queryable } from '../postgres/database.ts';
import { Problem } from '../problem/problem.ts';
import { COLUMNS, type StoredExperiment, unknownExperiment } from './stored-experiment.ts';

/** All that run are in the memory of each instance; more at once are a mistake. */
export const MAX_RUNNING = 500;

/** Makes a draft; the same content again changes nothing. Rejects where the id is taken by another one. */
export async function createExperiment(
  database: Database,
  definition: StoredExperiment['definition'],
  createdBy: string,
): Promise<{ readonly experiment: StoredExperiment; readonly isNew: boolean }> {
  const text = JSON.stringify(definition);
  const made = await first(
    database,
    `INSERT INTO fineprint.experiments (id, definition, created_by) VALUES ($1, $2::jsonb, $3)
     ON CONFLICT (id) DO NOTHING RETURNING ${COLUMNS}`,
    [definition.id, text, createdBy],
  );
  if (made !== undefined) return { experiment: made, isNew: true };
  const same = await first(
    database,
    `SELECT ${COLUMNS} FROM fineprint.experiments WHERE id = $1 AND definition = $2::jsonb`,
    [definition.id, text],
  );
  if (same === undefined) {
    throw new Problem('experiment_exists', 'This id is taken by an experiment of another content.');
  }
  return { experiment: same, isNew: false };
}

export interface ExperimentPage {
  readonly status?: ExperimentStatus | undefined;
  readonly after: string;
  readonly limit: number;
}

export async function listExperiments(
  database: Database,
  { status, after, limit }: ExperimentPage,
): Promise<readonly StoredExperiment[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.experiments
     WHERE id > $1 COLLATE "C" AND ($2::text IS NULL OR status = $2) ORDER BY id COLLATE "C" LIMIT $3`,
    [after, status ?? null, limit],
  );
  return rows as StoredExperiment[];
}

/** Rejects where there is none. */
export async function readExperiment(database: Queryable, id: string): Promise<StoredExperiment> {
  const found = await first(database, `SELECT ${COLUMNS} FROM fineprint.experiments WHERE id = $1`, [id]);
  if (found === undefined) throw unknownExperiment();
  return found;
}

/** Everything that runs. */
export async function loadRunning(database: Queryable): Promise<readonly StoredExperiment[]> {
  const { rows } = await database.query(
    `SELECT ${COLUMNS} FROM fineprint.experiments WHERE status = 'running' ORDER BY started_at LIMIT ${MAX_RUNNING}`,
  );
  return rows as StoredExperiment[];
}

/** Starts a draft; one that runs already stays as it is, so that a retry does no harm. */
export function startExperiment(database: Database, id: string, by: string): Promise<StoredExperiment> {
  return change(database, id, 'running', async (client) => {
    // One start after another, or two could pass the limit together.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('fineprint.experiments'))");
    const running = await loadRunning(client);
    if (running.length >= MAX_RUNNING) {
      throw new Problem('too_many_experiments', `At most ${MAX_RUNNING} experiments run at a time.`);
    }
    return first(
      client,
      `UPDATE fineprint.experiments SET status = 'running', started_by = $2,
         started_at = date_trunc('milliseconds', clock_timestamp())
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, by],
    );
  });
}

/** Stops what runs, for good; one that is stopped already stays as it is. */
export function stopExperiment(
  database: Database,
  id: string,
  by: string,
  reason: string | null,
): Promise<StoredExperiment> {
  return change(database, id, 'stopped', (client) =>
    first(
      client,
      `UPDATE fineprint.experiments SET status = 'stopped', stopped_by = $2, stop_reason = $3,
         stopped_at = greatest(started_at, date_trunc('milliseconds', clock_timestamp()))
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, by, reason],
    ),
  );
}

function change(
  database: Database,
  id: string,
  to: ExperimentStatus,
  update: (client: Queryable) => Promise<StoredExperiment | undefined>,
): Promise<StoredExperiment> {
  return database.transaction(async (client) => {
    const found = await first(
      client,
      `SELECT ${COLUMNS} FROM fineprint.experiments WHERE id = $1 FOR UPDATE`,
      [id],
    );
    if (found === undefined) throw unknownExperiment();
    if (found.status === to) return found;
    if (!canChangeStatus(found.status, to)) {
      throw new Problem('experiment_status', `It is ${found.status}.`);
    }
    const changed = await update(client);
    if (changed === undefined) throw unknownExperiment();
    return changed;
  });
}

async function first(
  database: Queryable,
  text: string,
  values: unknown[],
): Promise<StoredExperiment | undefined> {
  const { rows } = await database.query(text, values);
  return (rows as StoredExperiment[])[0];
}
