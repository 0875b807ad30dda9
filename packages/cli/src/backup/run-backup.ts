import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createBackup, type Manifest, readManifest, UNFINISHED } from '@fineprint/backup';
import { atRestFields, keyringOf, readConfig } from '@fineprint/service-config';
import type { Stack } from '@fineprint/stack';
import type { BackupOptions } from '../commands/backup.ts';
import { CliError } from '../errors.ts';
import { bytes, count, duration } from '../format.ts';
import { openLocalStack } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withBackupPorts } from './open-ports.ts';

export async function runBackup(options: BackupOptions): Promise<void> {
  const stack = await openLocalStack();
  const dir =
    options.out === undefined ? path.join(backupDirOf(stack), nameOf(new Date())) : userPath(options.out);
  if (existsSync(dir))
    throw new CliError('USAGE', `${dir} is there already.`, 'Name a new folder: no backup is written over.');
  await mkdir(path.dirname(dir), { recursive: true, mode: 0o700 });
  const manifest = await withBackupPorts(stack, (ports) => createBackup(ports, dir));
  if (options.json) return printJson(summaryOf(dir, manifest));
  const { rows, size, tookMs } = totalsOf(manifest);
  await printText(
    `${count(rows)} rows of ${manifest.files.length} tables, ${bytes(size)}${keyText(manifest)}, in ${duration(tookMs)}: ${dir}
Try it: npm run -s fineprint -- restore ${dir} --verify`,
  );
}

interface Listed {
  readonly folder: string;
  readonly manifest: Manifest | null;
  /** Why it cannot be read. */
  readonly problem: string | null;
}

export async function listBackups(asJson: boolean): Promise<void> {
  const parent = backupDirOf(await openLocalStack());
  const keyring = keyringOf(readConfig(atRestFields, process.env, { service: 'fineprint' }));
  const names = existsSync(parent) ? (await readdir(parent)).sort().reverse() : [];
  const listed = await Promise.all(
    names
      .filter((name) => !name.endsWith(UNFINISHED))
      .map(
        (name): Promise<Listed> =>
          readManifest(path.join(parent, name), keyring).then(
            (manifest) => ({ folder: name, manifest, problem: null }),
            (error: unknown) => ({
              folder: name,
              manifest: null,
              problem: error instanceof Error ? error.message : String(error),
            }),
          ),
      ),
  );
  if (asJson)
    return printJson(
      listed.map(({ folder, manifest, problem }) =>
        manifest === null
          ? { folder: path.join(parent, folder), problem }
          : summaryOf(path.join(parent, folder), manifest),
      ),
    );
  if (listed.length === 0) return printText(`There is no backup in ${parent}. Make one: backup`);
  const lines = listed.map(({ folder, manifest, problem }) => {
    if (manifest === null) return [folder, problem ?? '', '', ''];
    const { rows, size } = totalsOf(manifest);
    return [folder, count(rows), bytes(size), manifest.encryptedWith ?? 'no'];
  });
  await printText(`${table(['backup', 'rows', 'size', 'encrypted'], lines)}in ${parent}`);
}

const backupDirOf = ({ settings }: Stack): string => {
  const own = process.env['BACKUP_DIR'];
  return own ? userPath(own) : path.join(settings.dataDir, 'backups');
};

/** 20260102T030405Z */
const nameOf = (at: Date): string => at.toISOString().replaceAll(/[-:]|\.\d+/g, '');

const keyText = ({ encryptedWith }: Manifest): string =>
  encryptedWith === null ? ' in the clear' : ` encrypted with ${encryptedWith}`;

export function totalsOf({ files, startedAt, finishedAt }: Manifest) {
  const sum = (of: 'rows' | 'bytes') => files.reduce((all, file) => all + file[of], 0);
  return { rows: sum('rows'), size: sum('bytes'), tookMs: Date.parse(finishedAt) - Date.parse(startedAt) };
}

export function summaryOf(folder: string, manifest: Manifest) {
  const { rows, size } = totalsOf(manifest);
  const { startedAt: started_at, finishedAt: finished_at, encryptedWith: encrypted_with } = manifest;
  return {
    folder,
    started_at,
    finished_at,
    encrypted_with,
    tables: manifest.files.length,
    rows,
    bytes: size,
  };
}
