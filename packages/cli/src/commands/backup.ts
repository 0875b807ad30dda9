import type { Command } from 'commander';
import { examples } from '../examples.ts';

export interface BackupOptions {
  readonly out?: string;
  readonly json?: true;
}

export interface RestoreOptions {
  readonly verify?: true;
  readonly replace?: true;
  readonly acceptLoss?: true;
  readonly json?: true;
}

export function addBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description(
      'ClickHouse, Postgres and the positions of consumer groups, of one moment, while everything runs',
    )
    .option(
      '--out <folder>',
      'a new folder (default: one named by the time, in BACKUP_DIR or .fineprint/backups)',
    )
    .option('--json', 'what is in it, as JSON')
    .addHelpText(
      'after',
      examples([
        ['backup', 'encrypted where ENCRYPTION_KEYS is set, and with NODE_ENV=production only then'],
        ['backup list', 'which there are'],
        ['restore .fineprint/backups/20260102T030405Z --verify', 'try one without changing anything'],
      ]),
    )
    .action(async (options: BackupOptions) => (await import('../backup/run-backup.ts')).runBackup(options));
  backup
    .command('list')
    .description('backups in BACKUP_DIR, the newest first')
    .action(async () =>
      (await import('../backup/run-backup.ts')).listBackups(backup.opts<BackupOptions>().json === true),
    );
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('put a backup into the place of what the stores hold; services go on from there')
    .argument('<folder>', 'of the backup')
    .option('--verify', 'a drill: load all of it beside what is there, compare, and change nothing')
    .option('--replace', 'what the stores hold now may go')
    .option('--accept-loss', 'go on although records that came after the backup are not in Kafka any more')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      examples([
        ['restore backups/20260102T030405Z --verify', 'would it work?'],
        [
          'restore backups/20260102T030405Z --replace',
          'stops the services of this stack; afterwards: npm start',
        ],
      ]),
    )
    .action(async (folder: string, options: RestoreOptions) =>
      (await import('../backup/run-restore.ts')).runRestore(folder, options),
    );
}
