import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const HASH_CHARS = 12;
const CHUNK_CHARS = 256 * 1_024;

/** A file of rows on its way to the stage. */
export interface LoadFile {
  /** `topic/partition/first-last-hash.json.gz`: one name, one content, however often it is made. */
  readonly stagePath: string;
  readonly stageFolder: string;
  readonly localPath: string;
  remove(): Promise<void>;
}

export interface FileRange {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** Makes a file of lines, as they are asked for. */
export type WriteLoadFile = (range: FileRange, lines: Iterable<string>) => Promise<LoadFile>;

/** Where a file of this content goes. */
export function stagePathOf(
  { topic, partition, firstOffset, lastOffset }: FileRange,
  sha256: string,
): string {
  const digest = sha256.slice(0, HASH_CHARS);
  return `${stageFolderOf(topic, partition)}${firstOffset}-${lastOffset}-${digest}.json.gz`;
}

export const stageFolderOf = (topic: string, partition: number): string => `${topic}/${partition}/`;

const FOLDER = 'fineprint-load-';

/** Files of this process alone, readable by its user only: the driver takes nothing but a file that is not encrypted. */
export const loadFilesIn =
  (parent: string): WriteLoadFile =>
  async (range, lines) =>
    writeLoadFile(await mkdtemp(path.join(parent, `${FOLDER}${process.pid}-`)), range, lines);

/** Removes files of processes that were killed. Called before the first is written: what has our own number is of an earlier life. */
export async function removeLeftFiles(parent: string, isAlive: (pid: number) => boolean): Promise<number> {
  const left = (await readdir(parent)).filter((name) => {
    const pid = Number(/^fineprint-load-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    return Number.isSafeInteger(pid) && (pid === process.pid || !isAlive(pid));
  });
  for (const name of left) await rm(path.join(parent, name), { recursive: true, force: true });
  return left.length;
}

/** Another user's process lives too. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Lines are asked for as the file takes them. */
async function writeLoadFile(folder: string, range: FileRange, lines: Iterable<string>): Promise<LoadFile> {
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const growing = path.join(folder, 'growing');
    const hash = createHash('sha256');
    await pipeline(
      Readable.from(chunksOf(lines, (chunk) => hash.update(chunk))),
      createGzip(),
      createWriteStream(growing, { mode: 0o600 }),
    );
    const stagePath = stagePathOf(range, hash.digest('hex'));
    const localPath = path.join(folder, path.basename(stagePath));
    await rename(growing, localPath);
    return { stagePath, stageFolder: stageFolderOf(range.topic, range.partition), localPath, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function* chunksOf(lines: Iterable<string>, onChunk: (chunk: Buffer) => void): Generator<Buffer> {
  let text = '';
  const cut = (): Buffer => {
    const chunk = Buffer.from(text);
    onChunk(chunk);
    text = '';
    return chunk;
  };
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length >= CHUNK_CHARS) yield cut();
  }
  if (text !== '') yield cut();
}
