import path from 'node:path';
import type { StackSettings } from '@fineprint/stack';

/** Where the stack's job runner archives: beside its data, unless told otherwise. */
export const archiveDirOf = (
  { dataDir }: Pick<StackSettings, 'dataDir'>,
  { ARCHIVE_DIR: own }: Readonly<Record<string, string | undefined>> = process.env,
): string => (own ? path.resolve(own) : path.join(dataDir, 'archive'));
