import { type ArchivedPart, fileOf, listParts, partProblem } from '@fineprint/archive';
import { isDataset } from '@fineprint/retention';
import { atRestFields, keyringOf, readConfig } from '@fineprint/service-config';
import { archiveDirOf } from '../archive-dir.ts';
import type { ArchiveOptions } from '../commands/archive.ts';
import { CliError, EXIT_FAILURE } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

async function readParts({ dataset }: ArchiveOptions) {
  if (dataset !== undefined && !isDataset(dataset))
    throw new CliError(
      'USAGE',
      `There is no data set ${dataset}.`,
      'See: npm run -s fineprint -- retention show',
    );
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  const parts = await withPostgres(stack.endpoints.databaseUrl, (client) => listParts(client, dataset));
  const keyring = keyringOf(readConfig(atRestFields, process.env, { service: 'fineprint' }));
  return { archive: { dir: archiveDirOf(stack.settings), keyring }, parts };
}

const isoOf = (at: Date | null): string | null => at?.toISOString() ?? null;
const textOf = (at: Date | null): string => at?.toISOString().slice(0, 16).replace('T', ' ') ?? '';

const partJson = (part: ArchivedPart) => ({
  dataset: part.dataset,
  day: part.day,
  part: part.part,
  file: fileOf(part),
  rows: part.rows,
  bytes: part.bytes,
  sha256: part.sha256,
  encrypted_with: part.encryptedWith,
  archived_at: isoOf(part.archivedAt),
  deleted_at: isoOf(part.deletedAt),
  file_removed_at: isoOf(part.fileRemovedAt),
});

export async function list(options: ArchiveOptions): Promise<void> {
  const { archive, parts } = await readParts(options);
  const { dir } = archive;
  if (options.json) return printJson({ dir, parts: parts.map(partJson) });
  if (parts.length === 0)
    return printText('Nothing was archived yet: the job data-retention does it at 03:00 UTC.');
  const rows = parts.map((p) => [
    fileOf(p),
    p.rows.toLocaleString('en-US'),
    p.bytes.toLocaleString('en-US'),
    textOf(p.archivedAt),
    p.deletedAt === null ? 'not yet' : textOf(p.deletedAt),
    textOf(p.fileRemovedAt),
  ]);
  await printText(
    `${table(['file', 'rows', 'bytes', 'archived (UTC)', 'rows removed', 'file removed'], rows)}in ${dir}`,
  );
}

/** Of files that were removed for their age nothing is expected, nor yet of one whose name is on its way. */
export async function verify(options: ArchiveOptions): Promise<void> {
  const { archive, parts } = await readParts(options);
  const { dir } = archive;
  const results = [];
  for (const part of parts.filter((p) => p.fileRemovedAt === null && p.unfinishedFile === null))
    results.push({ ...partJson(part), problem: await partProblem(archive, part) });
  const wrong = results.filter((r) => r.problem !== null);
  if (wrong.length > 0) process.exitCode = EXIT_FAILURE;
  if (options.json)
    return printJson({ dir, verified: results.length, damaged: wrong.length, parts: results });
  const rows = results.reduce((sum, r) => sum + r.rows, 0).toLocaleString('en-US');
  const verdict =
    wrong.length === 0
      ? `${results.length} files with ${rows} rows are as they were written.`
      : `${wrong.length} of ${results.length} files cannot be read as they were written. Bring damaged ones back from a backup of ${dir}.`;
  await printText([...wrong.map((r) => `${r.file} ${r.problem}`), verdict].join('\n'));
}
