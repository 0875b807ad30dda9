import {
  type Archive,
  type ArchivedPart,
  discardPart,
  discardUnfinished,
  finishPart,
  lastPart,
  lastPartOnDisk,
  noteDeleted,
  noteFinished,
  openForReading,
  openParts,
  type PartName,
  partProblem,
  recordPart,
  textOf,
  type WrittenPart,
  writePart,
} from '@fineprint/archive';
import { JobError } from '@fineprint/jobs';
import { DAY_MS } from '@fineprint/retention';
import type { Run } from '../engine/job.ts';
import type { Warehouse } from '../warehouse.ts';
import { markRemoved } from './marks.ts';
import {
  compare,
  daysBefore,
  deleteMarked,
  endRemoval,
  newRemoval,
  notePositions,
  type Removal,
  readDay,
  takeFromFile,
  takeFromTable,
} from './removal.ts';
import { type StoredColumns, storedColumns } from './stored-columns.ts';

/** A table of ClickHouse, and where its rows are kept when they go. */
export interface ExpiringTable {
  readonly dataset: string;
  readonly table: string;
  /** Null: rows go without a copy. */
  readonly archive: Archive | null;
}

export interface Removed {
  rows: number;
  parts: number;
  archivedRows: number;
  archivedBytes: number;
}

interface Work extends ExpiringTable {
  readonly warehouse: Warehouse;
  readonly run: Run;
  readonly columns: StoredColumns;
  readonly removed: Removed;
}

/** A day is taken in parts; of one that grows all the time the rest is for the next run. */
const MAX_PARTS_OF_DAY = 1_000;

/**
 * Removes the days before the cutoff, the oldest first. What goes is what a recorded file was found to hold, row by row, when it
 * was read again. May be broken off anywhere: what a recorded file holds goes first the next time, and nothing else is begun.
 */
export async function removeTable(
  warehouse: Warehouse,
  run: Run,
  table: ExpiringTable,
  cutoffMs: number,
): Promise<Removed> {
  const removed: Removed = { rows: 0, parts: 0, archivedRows: 0, archivedBytes: 0 };
  const columns = await storedColumns(warehouse, run, table.table);
  const work: Work = { ...table, warehouse, run, columns, removed };
  for (const part of await run.whileOurs((client) => openParts(client, table.dataset)))
    await removeRecorded(work, part);
  if (table.archive !== null) await discardUnfinished(table.archive.dir, table.dataset);
  for (const { day } of await daysBefore(warehouse, run, table.table, cutoffMs))
    for (let n = 0; n < MAX_PARTS_OF_DAY && (await removePart(work, day)); n++) run.signal.throwIfAborted();
  return removed;
}

/** Removes some rows of a day; false where it has none. */
async function removePart(work: Work, day: string): Promise<boolean> {
  const { warehouse, run, columns, archive } = work;
  const removal = newRemoval(work.table, day);
  if (archive !== null) return archivePart(work, archive, removal);
  await takeFromTable(warehouse, run, removal, columns);
  const { marked } = await compare(warehouse, run, removal, columns);
  if (marked > 0) await removeMarked(work, removal, marked);
  return marked > 0;
}

async function archivePart(work: Work, archive: Archive, removal: Removal): Promise<boolean> {
  const { warehouse, run, columns, dataset } = work;
  const { day } = removal;
  const recorded = await run.whileOurs((client) => lastPart(client, dataset, day));
  const part = 1 + Math.max(recorded, await lastPartOnDisk(archive.dir, dataset, day));
  const encryptedWith = archive.keyring?.newest.id ?? null;
  const name: PartName = { dataset, day, part, encryptedWith };
  const written = await writePart(archive, name, await readDay(warehouse, run, removal, columns), run.signal);
  const { rows, bytes, sha256, unfinishedFile } = written;
  const isWhole = rows > 0 && (await holdsSame(work, archive, removal, name, written));
  if (!isWhole) await discardPart(archive.dir, name, unfinishedFile);
  if (rows === 0) return false;
  if (!isWhole)
    throw new JobError('archive_differs', `${textOf(name)}, read again, is not what ClickHouse holds`);
  // Where this fails nobody knows whether it is recorded: then the next run finds the file, or clears it away.
  await run.whileOurs((client) => recordPart(client, { ...name, rows, bytes, sha256, unfinishedFile }));
  await giveName(work, archive, name, unfinishedFile);
  work.removed.archivedRows += rows;
  work.removed.archivedBytes += bytes;
  await removeMarked(work, removal, rows);
  await run.whileOurs((client) => noteDeleted(client, name));
  return true;
}

/** By whoever has the run, so that nobody who was thought dead does it later. */
const giveName = ({ run }: Work, { dir }: Archive, name: PartName, unfinishedFile: string): Promise<void> =>
  run.whileOurs(async (client) => {
    await finishPart(dir, name, unfinishedFile);
    await noteFinished(client, name);
  });

/** A file that was recorded by somebody who then went away. */
async function removeRecorded(work: Work, part: ArchivedPart): Promise<void> {
  const { warehouse, run, columns, archive } = work;
  if (archive === null)
    throw new JobError(
      'archive_missing',
      `${textOf(part)} is archived and not removed yet, and ARCHIVE_DIR is not set`,
    );
  if (part.unfinishedFile !== null) await giveName(work, archive, part, part.unfinishedFile);
  const problem = await partProblem(archive, part);
  if (problem !== null) throw new JobError('archive_damaged', `${textOf(part)} ${problem}: its rows stay`);
  const removal = newRemoval(work.table, part.day);
  await takeFromFile(warehouse, run, removal, columns, openForReading(archive, part));
  const { marked, differing } = await compare(warehouse, run, removal, columns);
  if (marked !== part.rows || differing > 0)
    throw new JobError('archive_differs', `${textOf(part)} holds other rows than ClickHouse: they stay`);
  await removeMarked(work, removal, marked);
  await run.whileOurs((client) => noteDeleted(client, part));
}

/** Marks first: loaders and audits know of it before the first row is gone. */
async function removeMarked(work: Work, removal: Removal, rows: number): Promise<void> {
  const { warehouse, run, table, removed } = work;
  await markRemoved(run, { store: 'clickhouse', table }, Date.parse(removal.day) + DAY_MS);
  await notePositions(warehouse, run, removal);
  const left = await deleteMarked(warehouse, run, removal);
  if (left > 0) throw new JobError('rows_left', `${left} rows of ${table} of ${removal.day} are still there`);
  await endRemoval(warehouse, run, removal);
  removed.rows += rows;
  removed.parts++;
}

/** Nothing goes that the file does not hold; and a file that holds what is gone already (an erasure) is not kept. */
async function holdsSame(
  { warehouse, run, columns }: Work,
  archive: Archive,
  removal: Removal,
  name: PartName,
  { rows, unfinishedFile }: WrittenPart,
): Promise<boolean> {
  await takeFromFile(warehouse, run, removal, columns, openForReading(archive, name, unfinishedFile));
  const { marked, markedPlaces, heldPlaces, differing } = await compare(warehouse, run, removal, columns);
  return marked === rows && differing === 0 && (columns.replacesRows || heldPlaces === markedPlaces);
}
