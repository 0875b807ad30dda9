import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CheckedCopy, type CopySummary, createParquetCounter } from '@fineprint/parquet';
import { type Archive, writersOf } from './open-file.ts';
import { fileOf, type PartName } from './part-name.ts';

const UNFINISHED = '.unfinished';

/** A file that is whole and on the disk, and not yet under its name. */
export interface WrittenPart extends CopySummary {
  readonly unfinishedFile: string;
}

/** Writes a result of ClickHouse as it comes. A result that breaks off leaves no file. */
export async function writePart(
  { dir, keyring }: Archive,
  name: PartName,
  source: Readable,
  signal: AbortSignal,
): Promise<WrittenPart> {
  const file = path.join(dir, fileOf(name));
  const unfinishedFile = `${file}.${randomUUID()}${UNFINISHED}`;
  await mkdir(path.dirname(file), { recursive: true });
  const checked = new CheckedCopy(createParquetCounter());
  try {
    await pipeline([source, checked, ...writersOf(unfinishedFile, keyring)], { signal });
    return { ...checked.summary(), unfinishedFile };
  } catch (error) {
    await rm(unfinishedFile, { force: true });
    throw error;
  }
}

/** Gives the file its name, in place of one that was never recorded; after a crash it has it or not. */
export async function finishPart(dir: string, name: PartName, unfinishedFile: string): Promise<void> {
  const file = path.join(dir, fileOf(name));
  await rename(unfinishedFile, file);
  // One that was never recorded may lie there from a time with keys, or without.
  const other = { ...name, encryptedWith: name.encryptedWith === null ? '' : null };
  await rm(path.join(dir, fileOf(other)), { force: true });
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    await syncFolder(folder);
    if (path.relative(dir, folder) === '') return;
  }
}

export const discardPart = (unfinishedFile: string): Promise<void> => rm(unfinishedFile, { force: true });

/** Removes what a killed process left of a data set's files. Only for whoever is the one that archives. */
export async function discardUnfinished(dir: string, dataset: string): Promise<void> {
  const folder = path.join(dir, dataset);
  const names = await readdir(folder, { recursive: true }).catch(absentAs<string[]>([]));
  for (const name of names) if (name.endsWith(UNFINISHED)) await rm(path.join(folder, name), { force: true });
}

export async function removePartFile(dir: string, name: PartName): Promise<void> {
  const file = path.join(dir, fileOf(name));
  await rm(file, { force: true });
  await syncFolder(path.dirname(file)).catch(absentAs(undefined));
}

const absentAs =
  <T>(value: T) =>
  (error: unknown): T => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw error;
  };

/** A name is on the disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
