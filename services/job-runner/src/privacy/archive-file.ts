import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { decryptStream, encryptStream } from '@fineprint/at-rest';
import { JobError } from '@fineprint/jobs';
import type { ArchiveFolder, PrivacyPorts } from './ports.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OWNER_ONLY = 0o600;
const ENCRYPTED = '.enc';

function checked(requestId: string): string {
  if (!UUID.test(requestId)) throw new Error('a request is named by a UUID');
  return requestId;
}

/** Where a request's archive lies. */
export const archivePath = ({ dir, keyring }: ArchiveFolder, requestId: string): string =>
  path.join(dir, `${checked(requestId)}.tar.gz${keyring === null ? '' : ENCRYPTED}`);

/** Where its files lie until they are one archive. */
export const partsPath = ({ dir }: ArchiveFolder, requestId: string): string =>
  path.join(dir, `${checked(requestId)}.parts`);

export function requireFolder({ archive }: Pick<PrivacyPorts, 'archive'>): ArchiveFolder {
  if (archive !== null) return archive;
  throw new JobError(
    'archive_folder_unset',
    'there are archives of people, and PRIVACY_ARCHIVE_DIR is not set',
  );
}

/** What bytes go through to a new file, in order. */
export function writersOf(file: string, { keyring }: ArchiveFolder): NodeJS.WritableStream[] {
  const out = createWriteStream(file, { mode: OWNER_ONLY });
  return keyring === null ? [out] : [encryptStream(keyring), out];
}

/** A file as it was before it was encrypted, if it was. */
export function openPart(file: string, { keyring }: ArchiveFolder): Readable {
  const stored = createReadStream(file);
  if (keyring === null) return stored;
  const plain = decryptStream(keyring);
  pipeline(stored, plain, () => undefined); // a failure is the reader's: it destroys what is read
  return plain;
}

/** Archives of requests with everything that belongs to them, encrypted or not. */
export async function removeArchives(ports: PrivacyPorts, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length === 0) return;
  const { dir } = requireFolder(ports);
  for (const id of requestIds.map(checked)) {
    for (const ending of ['tar.gz', `tar.gz${ENCRYPTED}`, 'tar.gz.new', `tar.gz${ENCRYPTED}.new`, 'parts'])
      await rm(path.join(dir, `${id}.${ending}`), { recursive: true, force: true });
  }
}
