import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline as pipe, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { AtRestError, decryptStream, encryptStream, type Keyring } from '@fineprint/at-rest';
import { BackupError } from './backup-error.ts';
import { HashedCopy, type StoredBytes } from './hashed-copy.ts';
import { type BackupFile, fileOf, type Manifest, parseManifest, renderManifest } from './manifest.ts';

const MANIFEST = 'manifest.json';
const ENCRYPTED = '.enc';
export const UNFINISHED = '.unfinished';
/** The fastest level: what is backed up is compared, hashed and encrypted on the same cores. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const on = (keyring: Keyring | null) => (keyring === null ? '' : ENCRYPTED);

/** Compresses, encrypts and hashes; it is on the disk when this resolves. */
export async function writeBackupFile(
  dir: string,
  of: Pick<BackupFile, 'store' | 'table'>,
  keyring: Keyring | null,
  source: readonly NodeJS.ReadableStream[],
  signal: AbortSignal,
): Promise<StoredBytes> {
  const file = path.join(dir, `${fileOf(of)}${on(keyring)}`);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const hashed = new HashedCopy();
  const out = createWriteStream(file, { flags: 'wx', flush: true, mode: 0o600 });
  const sealed = keyring === null ? [] : [encryptStream(keyring)];
  await pipeline([...source, createZstdCompress(COMPRESSION), ...sealed, hashed, out], { signal });
  await syncFolder(path.dirname(file));
  return hashed.stored();
}

/** A file's rows as they were written. Reading fails at the end where one byte is another, so use nothing before it. */
export function readBackupFile(
  dir: string,
  of: BackupFile,
  { encryptedWith }: Pick<Manifest, 'encryptedWith'>,
  keyring: Keyring | null,
): Readable {
  const name = `${fileOf(of)}${encryptedWith === null ? '' : ENCRYPTED}`;
  const damaged = () => new BackupError('backup_damaged', `${name} is not what was written`);
  const decompress = createZstdDecompress();
  pipe(
    [
      createReadStream(path.join(dir, name)),
      new HashedCopy(of, damaged),
      ...(encryptedWith === null ? [] : [decryptStream(keysFor(encryptedWith, keyring))]),
      decompress,
    ],
    () => undefined, // a failure is the reader's: it destroys what is read
  );
  return Readable.from(inOurWords(decompress, name), { objectMode: false });
}

async function* inOurWords(rows: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    yield* rows;
  } catch (error) {
    throw asBackupError(error, name);
  }
}

/** Reads every file from its first byte to its last; fails with what is wrong with the first that is not as it was written. */
export async function checkFiles(
  dir: string,
  manifest: Manifest,
  keyring: Keyring | null,
  signal: AbortSignal,
): Promise<void> {
  for (const file of manifest.files) {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    await pipeline(readBackupFile(dir, file, manifest, keyring), nowhere, { signal });
  }
}

export async function writeManifest(dir: string, manifest: Manifest, keyring: Keyring | null): Promise<void> {
  const text = Readable.from([Buffer.from(renderManifest(manifest))]);
  const file = path.join(dir, `${MANIFEST}${on(keyring)}`);
  const out = createWriteStream(file, { flags: 'wx', flush: true, mode: 0o600 });
  await pipeline([text, ...(keyring === null ? [] : [encryptStream(keyring)]), out]);
  await syncFolder(dir);
}

/** Encrypted where the files are: then nobody without the key can have written it. */
export async function readManifest(dir: string, keyring: Keyring | null): Promise<Manifest> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw new BackupError('backup_missing', `there is no folder ${dir}`, cause);
  });
  if (dir.endsWith(UNFINISHED)) throw new BackupError('backup_incomplete', `${dir} was broken off`);
  if (names.includes(MANIFEST)) {
    const manifest = parseManifest(await readFile(path.join(dir, MANIFEST), 'utf8'));
    if (manifest.encryptedWith === null) return manifest;
    throw new BackupError('backup_damaged', `${MANIFEST} is in the clear, and the files are encrypted`);
  }
  if (!names.includes(`${MANIFEST}${ENCRYPTED}`))
    throw new BackupError('backup_incomplete', `${dir} has no manifest: it was broken off, or is no backup`);
  const sealed = createReadStream(path.join(dir, `${MANIFEST}${ENCRYPTED}`));
  const plain = decryptStream(keysFor('the key of the files', keyring));
  pipe(sealed, plain, () => undefined); // a failure is the reader's
  return parseManifest((await buffer(plain)).toString('utf8'));
}

/** A backup has its name when it is whole. */
export async function finishFolder(unfinished: string, dir: string): Promise<void> {
  await rename(unfinished, dir);
  await syncFolder(path.dirname(dir));
}

export async function beginFolder(dir: string): Promise<string> {
  const unfinished = `${dir}${UNFINISHED}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  // Whoever finds a folder without a manifest knows what it was.
  await writeFile(path.join(unfinished, 'README'), 'A backup of Fine Print AI: see docs/backup.md.\n');
  return unfinished;
}

function keysFor(name: string, keyring: Keyring | null): Keyring {
  if (keyring !== null) return keyring;
  throw new AtRestError('encryption_key_missing', `it is encrypted with ${name}, and no keys are set`);
}

/** What compression says of damaged bytes, and a file that is not there, in our words. */
function asBackupError(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || error instanceof BackupError || error instanceof AtRestError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new BackupError('backup_incomplete', `${name} is not there`, error);
  if (code?.startsWith('ZSTD_') || code?.startsWith('Z_'))
    return new BackupError('backup_damaged', `${name} is not what was written`, error);
  return error;
}

/** A name is on the disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
