import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { decryptStream } from '@fineprint/at-rest';
import type { DecryptOptions } from '../commands/decrypt.ts';
import { CliError } from '../errors.ts';
import { bytes } from '../format.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { requireKeyring } from './keyring.ts';

/** Under another name until it is whole: half a file, or one that was changed, is never left behind. */
export async function runDecrypt(name: string, options: DecryptOptions): Promise<void> {
  const keyring = await requireKeyring();
  const source = await open(userPath(name)).catch((cause: unknown) => {
    throw new CliError('FILE_UNREADABLE', `${name} cannot be read.`, 'Check the path.', { cause });
  });
  const encrypted = source.createReadStream();
  if (options.out === undefined)
    return pipeline(encrypted, decryptStream(keyring), process.stdout, { end: false });
  const file = userPath(options.out);
  const part = `${file}.part`;
  try {
    await pipeline(encrypted, decryptStream(keyring), createWriteStream(part, { mode: 0o600 }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  const { size } = await stat(file);
  if (options.json) return printJson({ file: options.out, bytes: size });
  await printText(`${bytes(size)} in ${options.out}, whole and unchanged.`);
}
