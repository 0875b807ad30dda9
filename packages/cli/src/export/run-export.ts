import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { encryptStream, type Keyring } from '@fineprint/at-rest';
import { keyringFor } from '../at-rest/keyring.ts';
import type { QueryOptions } from '../commands/experiments.ts';
import type { ExportOptions } from '../commands/export.ts';
import { CliError } from '../errors.ts';
import { connectQueryApi, queryTarget } from '../experiments/query-client.ts';
import { bytes, count } from '../format.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { type Download, openDownload } from './download.ts';
import { startExportProgress } from './progress.ts';

interface Datasets {
  readonly datasets: readonly {
    readonly name: string;
    readonly about: string;
    readonly time: string | null;
    readonly named: string | null;
  }[];
}

export async function listDatasets(options: QueryOptions): Promise<void> {
  const ask = await connectQueryApi(options);
  const { datasets } = await ask<Datasets>('GET', '/api/v1/exports');
  if (options.json) return printJson(datasets);
  const rows = datasets.map((d) => [d.name, d.time ?? '-', d.named ?? '-', d.about]);
  await printText(table(['data set', '--from and --to', '--name', 'what it is'], rows));
}

export async function runExport(dataset: string, options: ExportOptions): Promise<void> {
  const target = await queryTarget(options);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const file = options.out === undefined || options.out === '-' ? null : userPath(options.out);
  const keyring = file === null ? null : await keyringFor(options.encrypt === true);
  const download = await openDownload(target, pathOf(dataset, options), interrupted.signal);
  const progress = startExportProgress(download.expectedRows, options.format);
  try {
    if (file === null) await copyTo(process.stdout, download, progress.add);
    else await toFile(file, keyring, download, progress.add);
  } catch (error) {
    if (interrupted.signal.aborted)
      throw new CliError('INTERRUPTED', 'The export was stopped.', 'Run it again: nothing was kept.');
    throw error;
  } finally {
    progress.stop();
  }
  const manifest = {
    ...manifestOf(dataset, options, download, file),
    encrypted_with: keyring?.newest.id ?? null,
  };
  if (file === null) return;
  await writeFile(`${file}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  if (options.json) return printJson(manifest);
  await printText(
    `${count(manifest.rows)} rows, ${bytes(manifest.bytes)}, in ${options.out}; the manifest is beside it.\nsha256 ${manifest.sha256}`,
  );
}

function pathOf(dataset: string, options: ExportOptions): string {
  const query = new URLSearchParams({ format: options.format });
  if (options.from !== undefined) query.set('from', options.from.toISOString());
  if (options.to !== undefined) query.set('to', options.to.toISOString());
  if (options.name !== undefined) query.set('name', options.name);
  if (options.columns !== undefined) query.set('columns', options.columns);
  if (options.limit !== undefined) query.set('limit', String(options.limit));
  if (!options.spreadsheetSafe) query.set('spreadsheet_safe', 'false');
  if (process.stderr.isTTY) query.set('expect_rows', 'true');
  return `/api/v1/exports/${encodeURIComponent(dataset)}?${query}`;
}

/** Under another name until it is whole: a file of that name is always a whole one. */
async function toFile(
  file: string,
  keyring: Keyring | null,
  download: Download,
  onBytes: (chunk: Buffer) => void,
): Promise<void> {
  const part = `${file}.part`;
  const out = createWriteStream(part, { mode: 0o600 });
  try {
    await once(out, 'open').catch((cause: unknown) => {
      throw new CliError('FILE_UNREADABLE', `${file} cannot be written.`, 'Check the path.', { cause });
    });
    const written = once(out, 'finish');
    written.catch(() => undefined); // told by the copy
    if (keyring === null) {
      await copyTo(out, download, onBytes);
      out.end();
    } else await pipeline(counted(download, onBytes), encryptStream(keyring), out);
    await written;
    await rename(part, file);
  } catch (error) {
    out.destroy();
    await rm(part, { force: true });
    throw error;
  }
}

async function* counted(download: Download, onBytes: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of download.chunks()) {
    onBytes(chunk);
    yield chunk;
  }
}

async function copyTo(out: Writable, download: Download, onBytes: (chunk: Buffer) => void): Promise<void> {
  for await (const chunk of download.chunks()) {
    onBytes(chunk);
    if (!out.write(chunk)) await once(out, 'drain');
  }
}

function manifestOf(dataset: string, options: ExportOptions, download: Download, file: string | null) {
  const { rows, bytes: size, sha256 } = download.summary();
  return {
    dataset,
    format: options.format,
    file: file === null ? null : basename(file),
    rows,
    bytes: size,
    sha256,
    from: options.from?.toISOString() ?? null,
    to: options.to?.toISOString() ?? null,
    name: options.name ?? null,
    exported_at: new Date().toISOString(),
  };
}
