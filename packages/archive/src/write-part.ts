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
  /** In the folder that the file is to be in. */
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
  const folder = path.dirname(file);
  const unfinishedFile = `${path.basename(file)}.${randomUUID()}${UNFINISHED}`;
  await mkdir(folder, { recursive: true });
  const checked = new CheckedCopy(createParquetCounter());
  try {
    await pipeline([source, checked, ...writersOf(path.join(folder, unfinishedFile), keyring)], { signal });
    for (let above = folder; ; above = path.dirname(above)) {
      await syncFolder(above); // what a record says is there after a loss of power
      if (path.relative(dir, above) === '') break;
    }
    return { ...checked.summary(), unfinishedFile };
  } catch (error) {
    await discardPart(dir, name, unfinishedFile);
    throw error;
  }
}

/** Gives a recorded file its name. May be repeated: whoever was killed after the first time has done it. */
export async function finishPart(dir: string, name: PartName, unfinishedFile: string): Promise<void> {
  const file = path.join(dir, fileOf(name));
  const folder = path.dirname(file);
  await rename(path.join(folder, unfinishedFile), file).catch(absentAs(undefined));
  await syncFolder(folder);
}

export const discardPart = (dir: string, name: PartName, unfinishedFile: string): Promise<void> =>
  rm(path.join(dir, path.dirname(fileOf(name)), unfinishedFile), { force: true });

/** The highest part that a day has a file of, recorded or not: no file is ever written over. 0 where there is none. */
export async function lastPartOnDisk(dir: string, dataset: string, day: string): Promise<number> {
  const folder = path.join(dir, path.dirname(fileOf({ dataset, day, part: 1, encryptedWith: null })));
  const names = await readdir(folder).catch(absentAs<string[]>([]));
  const parts = names.flatMap((name) => /^part-(\d{1,9})\.parquet(?:\.enc)?$/.exec(name)?.[1] ?? []);
  return Math.max(0, ...parts.map(Number));
}

/** Removes what a killed process left of a data set's files and nobody recorded. Only for whoever is the one that archives. */
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
