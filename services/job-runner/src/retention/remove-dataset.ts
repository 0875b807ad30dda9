import { cutoffOf, type DatasetName, type DatasetPolicy, datasets } from '@fineprint/retention';
import type { Run } from '../engine/job.ts';
import type { JobPorts } from '../ports.ts';
import { removeArchives } from './remove-archives.ts';
import { removeFromPostgres } from './remove-postgres.ts';
import type { SnowflakeRemover } from './remove-snowflake.ts';
import { type Removed, removeTable } from './remove-table.ts';

/** What became of a data set's expired rows. */
export interface DatasetResult {
  /** By table; those of other stores than ClickHouse with the store in front. */
  readonly rows: Readonly<Record<string, number>>;
  readonly archived: Pick<Removed, 'parts' | 'archivedRows' | 'archivedBytes'> | null;
  readonly removedFiles: number;
}

/** ClickHouse first: while its rows cannot be archived the copies elsewhere stay too. */
export async function removeDataset(
  ports: JobPorts,
  run: Run,
  dataset: DatasetName,
  { hours }: DatasetPolicy,
  snowflake: SnowflakeRemover | null,
): Promise<DatasetResult> {
  const { clickhouse, postgres, snowflake: inSnowflake } = datasets[dataset];
  const { archive, archiveDays } = ports;
  const cutoffMs = cutoffOf(run.claimedAtMs, hours);
  const rows: Record<string, number> = {};
  let removed: Removed | null = null;
  if (clickhouse !== null) {
    removed = await removeTable(ports.warehouse, run, { dataset, table: clickhouse, archive }, cutoffMs);
    rows[clickhouse] = removed.rows;
  }
  if (postgres !== null)
    rows[`postgres/${postgres.table}`] = await removeFromPostgres(run, postgres, cutoffMs);
  if (inSnowflake !== null && snowflake !== null)
    rows[`snowflake/${inSnowflake}`] = await snowflake.remove(run, inSnowflake, cutoffMs);
  return {
    rows: Object.fromEntries(Object.entries(rows).filter(([, n]) => n > 0)),
    archived: archive === null || removed === null || removed.parts === 0 ? null : removed,
    removedFiles:
      archive === null || archiveDays === null
        ? 0
        : await removeArchives(run, archive.dir, dataset, archiveDays),
  };
}
