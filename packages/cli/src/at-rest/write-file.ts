import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { encryptStream, type Keyring } from '@fineprint/at-rest';

/** Under another name until it is whole, readable by its user alone; encrypted where there are keys. */
export async function writeWholeFile(
  file: string,
  keyring: Keyring | null,
  content: Readable,
): Promise<void> {
  const part = `${file}.part`;
  try {
    const out = createWriteStream(part, { mode: 0o600 });
    await pipeline([content, ...(keyring === null ? [] : [encryptStream(keyring)]), out]);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
