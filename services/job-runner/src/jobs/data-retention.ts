import { dailyAt, removeOldRuns } from '@fineprint/jobs';
import { datasetNames } from '@fineprint/retention';
import type { Job, Run } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';
import { endOldRemovals } from '../retention/removal.ts';
import { type DatasetResult, removeDataset } from '../retention/remove-dataset.ts';
import { snowflakeRemover } from '../retention/remove-snowflake.ts';

/**
 * Archives and removes what is older than it may be: nothing else removes rows for their age. A data set that fails keeps its
 * rows and does not hold up the others; the run fails then, which raises the job's alert.
 */
export const dataRetention: Job<JobPorts> = {
  name: 'data-retention',
  description:
    'archives and removes rows that are older than they may be, and removes old archives and runs of jobs',
  schedule: dailyAt('03:00'),
  missed: { type: 'latest' },
  timeoutMs: 21_600_000,
  maxAttempts: 3,
  async run(ports, run) {
    await endOldRemovals(ports.warehouse, run);
    const { results, failures } = await removeAll(ports, run);
    const runs = await run.whileOurs((client) => removeOldRuns(client, ports.historyDays));
    if (failures[0] !== undefined) throw failures[0];
    const held = datasetNames.filter((name) => ports.retention.datasets[name].isHeld);
    const archived = results.flatMap(([name, { archived: a }]) =>
      a === null ? [] : [[name, { parts: a.parts, rows: a.archivedRows, bytes: a.archivedBytes }]],
    );
    const files = results.reduce((sum, [, { removedFiles }]) => sum + removedFiles, 0);
    return {
      archive: ports.archive === null ? 'off: ARCHIVE_DIR is not set, rows go without a copy' : 'on',
      archived: Object.fromEntries(archived),
      removed_rows: Object.assign({}, ...results.map(([, { rows }]) => rows)),
      removed_files: files,
      removed_runs: runs,
      held,
    };
  },
};

async function removeAll(ports: JobPorts, run: Run) {
  const results: [string, DatasetResult][] = [];
  const failures: unknown[] = [];
  const snowflake = ports.snowflake === null ? null : snowflakeRemover(ports.snowflake);
  try {
    for (const name of datasetNames) {
      run.signal.throwIfAborted();
      const policy = ports.retention.datasets[name];
      if (policy.isHeld) continue;
      try {
        results.push([name, await removeDataset(ports, run, name, policy, snowflake)]);
      } catch (error) {
        failures.push(error);
      }
    }
  } finally {
    await snowflake?.close();
  }
  return { results, failures };
}
