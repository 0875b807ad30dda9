/** Stable: commands and docs/backup.md name them. */
export type BackupErrorCode =
  | 'backup_missing' // there is no such folder
  | 'backup_incomplete' // it was broken off, or a file of it is gone
  | 'backup_damaged' // a file is not what was written
  | 'backup_differs' // a store, asked again, does not hold what the backup says
  | 'backup_too_new' // written by a later version of the product
  | 'backup_running' // somebody else backs up or restores
  | 'schema_differs' // the stores have other tables than those that were backed up
  | 'stores_not_empty' // what is there would be lost
  | 'services_running' // somebody still works with what is to be replaced
  | 'kafka_other' // another cluster than the one the backup goes with
  | 'kafka_behind' // the cluster lacks records that the backup has
  | 'events_expired' // records that came after the backup are not in Kafka any more
  | 'positions_not_set';

const FIXES: Readonly<Record<BackupErrorCode, string>> = {
  backup_missing: 'Check the path; see which there are: npm run -s fineprint -- backup list',
  backup_incomplete: 'Take another backup. Nothing was changed.',
  backup_damaged: 'Take another copy of this backup, or another backup. Nothing was changed.',
  backup_differs: 'Run it again. If it stays so, keep the backup and report it.',
  backup_too_new: 'Use the version of the product that wrote it, or a later one.',
  backup_running: 'Wait until the other one has ended.',
  schema_differs: 'Restore with the version of the product that made the backup, and upgrade afterwards.',
  stores_not_empty: 'Give --replace if what the stores hold now may go.',
  services_running: 'Stop all services, let the parts run, and restore again.',
  kafka_other:
    'Connect to the cluster that the backup was made beside: positions mean nothing in another one.',
  kafka_behind:
    'Bring Kafka back first: what it has lost cannot be told from what is still to come. See docs/backup.md.',
  events_expired: 'Restore a later backup; or give --accept-loss to go on without these records.',
  positions_not_set: 'See that no service is in these groups, and restore again.',
};

/** An error that says what to do. Never holds what is stored. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  readonly fix: string;

  constructor(code: BackupErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BackupError';
    this.code = code;
    this.fix = FIXES[code];
  }
}
