/** A migration file: `NNNN_name.sql`. */
export interface Migration {
  readonly id: string;
  readonly sql: string;
  /** SHA-256 of the file, hex. */
  readonly checksum: string;
}

export class MigrationError extends Error {
  readonly code: 'migration_changed' | 'migration_missing' | 'migration_out_of_order' | 'migration_failed';

  constructor(code: MigrationError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'MigrationError';
    this.code = code;
  }
}

/**
 * What is still to be applied, in order. Refuses when the database and the files disagree about the past: a file that
 * was edited after it ran, one that is gone, or a new one that sorts before one that ran.
 */
export function planMigrations(
  files: readonly Migration[],
  applied: ReadonlyMap<string, string>,
): readonly Migration[] {
  const ordered = [...files].sort((a, b) => (a.id < b.id ? -1 : 1));
  const known = new Set(ordered.map((m) => m.id));
  const last = [...applied.keys()].sort().at(-1) ?? '';
  for (const id of applied.keys()) {
    if (!known.has(id))
      throw new MigrationError('migration_missing', `${id} ran on this database and its file is gone`);
  }
  for (const { id, checksum } of ordered) {
    const ran = applied.get(id);
    if (ran !== undefined && ran !== checksum)
      throw new MigrationError('migration_changed', `${id} was edited after it ran; write a new migration`);
    if (ran === undefined && id < last)
      throw new MigrationError(
        'migration_out_of_order',
        `${id} sorts before ${last}, which ran; renumber it`,
      );
  }
  return ordered.filter((m) => !applied.has(m.id));
}
