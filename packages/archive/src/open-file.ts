import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline, type Readable, type Writable } from 'node:stream';
import { AtRestError, decryptStream, encryptStream, type Keyring } from '@fineprint/at-rest';
import { fileOf, type PartName } from './part-name.ts';

/** An archive: its folder, and the keys that its files are encrypted with, where there are any. */
export interface Archive {
  readonly dir: string;
  readonly keyring: Keyring | null;
}

/** What bytes go through to a new file, in order; it is on the disk when the last of them ends. */
export const writersOf = (file: string, keyring: Keyring | null): NodeJS.WritableStream[] => {
  const out: Writable = createWriteStream(file, { flags: 'wx', flush: true, mode: 0o600 });
  return keyring === null ? [out] : [encryptStream(keyring), out];
};

/** A file's rows as Parquet; `unfinishedFile` where it has no name yet. */
export function openForReading({ dir, keyring }: Archive, name: PartName, unfinishedFile?: string): Readable {
  const named = path.join(dir, fileOf(name));
  const file = unfinishedFile === undefined ? named : path.join(path.dirname(named), unfinishedFile);
  const stored = createReadStream(file);
  if (name.encryptedWith === null) return stored;
  if (keyring === null) {
    stored.destroy();
    throw new AtRestError(
      'encryption_key_missing',
      `it is encrypted with ${name.encryptedWith}, and no keys are set`,
    );
  }
  const plain = decryptStream(keyring);
  pipeline(stored, plain, () => undefined); // a failure is the reader's: it destroys what is read
  return plain;
}
