import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Migration } from './plan-migrations.ts';

/** The migrations in a folder, by name. Files that are not called `NNNN_name.sql` are an error. */
export function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const id = /^(\d{4}_[a-z0-9_]+)\.sql$/.exec(file)?.[1];
      if (id === undefined) throw new Error(`${join(folder, file)} is not called NNNN_name.sql`);
      const sql = readFileSync(join(folder, file), 'utf8');
      return { id, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}
