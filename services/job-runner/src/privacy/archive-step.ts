import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Archive } from '@fineprint/privacy';
import { archivePath, partsPath } from './archive-file.ts';
import { endStep } from './end-step.ts';
import type { Step } from './step.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';

const DAY_MS = 86_400_000;

/** Makes one archive of the collected files, and ends the request. The archive is whole or not there. */
export const archive: Step = async ({ ports, request, run }) => {
  const [dir, target] = [partsPath(ports.archiveDir, request.id), archivePath(ports.archiveDir, request.id)];
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
    Readable.from(tarOf(dir)),
    createGzip(),
    counted,
    createWriteStream(temporary, { mode: 0o600 }),
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

async function* tarOf(dir: string): AsyncGenerator<Buffer> {
  for (const name of (await readdir(dir)).sort()) {
    const file = path.join(dir, name);
    const { size: sizeBytes, mtimeMs: modifiedMs } = await stat(file);
    yield tarHeader({ name, sizeBytes, modifiedMs });
    for await (const chunk of createReadStream(file)) yield chunk as Buffer;
    yield tarPadding(sizeBytes);
  }
  yield TAR_END;
}
