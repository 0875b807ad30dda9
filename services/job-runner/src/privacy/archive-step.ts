import { createHash } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Archive } from '@fineprint/privacy';
import { archivePath, openPart, partsPath, requireFolder, writersOf } from './archive-file.ts';
import { MANIFEST } from './collect-step.ts';
import { endStep } from './end-step.ts';
import type { PartFile } from './part-file.ts';
import type { ArchiveFolder } from './ports.ts';
import type { Step } from './step.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';

const DAY_MS = 86_400_000;

/** Makes one archive of the collected files, and ends the request. The archive is whole or not there. */
export const archive: Step = async ({ ports, request, run }) => {
  const folder = requireFolder(ports);
  const [dir, target] = [partsPath(folder, request.id), archivePath(folder, request.id)];
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const temporary = `${target}.new`;
  await pipeline(
    [Readable.from(tarOf(dir, folder)), createGzip(), counted, ...writersOf(temporary, folder)],
    { signal: run.signal },
  );
  await rename(temporary, target);
  const collected = request.steps.find(({ name }) => name === 'collect')?.result;
  const told: Archive = {
    file: path.basename(target),
    bytes,
    sha256: hash.digest('hex'),
    rows: Number(collected?.['rows'] ?? 0),
    expires_at: new Date(Date.now() + ports.archiveDays * DAY_MS).toISOString(),
  };
  await run.whileOurs(async (client) => {
    await client.query(
      `UPDATE fineprint.privacy_requests SET archive = $2, scope = NULL, state = 'done', finished_at = clock_timestamp() WHERE id = $1`,
      [request.id, JSON.stringify(told)],
    );
    await endStep(client, request.id, 'archive', { bytes, rows: told.rows });
  });
  await rm(dir, { recursive: true, force: true });
  return { bytes, rows: told.rows };
};

/** Sizes are the manifest's: those on the disk are of encrypted files. */
async function* tarOf(dir: string, folder: ArchiveFolder): AsyncGenerator<Buffer> {
  const manifest = await buffer(openPart(path.join(dir, MANIFEST), folder));
  const { files } = JSON.parse(manifest.toString()) as { files: readonly PartFile[] };
  const sizes = files.map(({ file, bytes }) => [file, bytes] as const);
  for (const [name, sizeBytes] of [...sizes, [MANIFEST, manifest.length] as const].sort(byName)) {
    const file = path.join(dir, name);
    yield tarHeader({ name, sizeBytes, modifiedMs: (await stat(file)).mtimeMs });
    for await (const chunk of openPart(file, folder)) yield chunk as Buffer;
    yield tarPadding(sizeBytes);
  }
  yield TAR_END;
}

const byName = ([one]: readonly [string, number], [other]: readonly [string, number]): number =>
  one < other ? -1 : 1;
