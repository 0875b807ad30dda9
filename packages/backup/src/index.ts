export { BackupError, type BackupErrorCode } from './backup-error.ts';
export { readManifest, UNFINISHED } from './backup-folder.ts';
export { type ClickHouseAccount, openClickHouse } from './clickhouse-store.ts';
export { type BackupPorts, createBackup } from './create-backup.ts';
export type { BackupFile, Manifest } from './manifest.ts';
export { type Restored, type RestoreOptions, restoreBackup, tryBackup } from './restore-backup.ts';
