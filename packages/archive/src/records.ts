import type { Queryable } from '@fineprint/http-kit';
import type { ExpectedPart } from './check-part.ts';
import type { PartName } from './part-name.ts';

/** A file as it is recorded. */
export interface ArchivedPart extends ExpectedPart {
  /** The name it was written under; null once it has its own. */
  readonly unfinishedFile: string | null;
  readonly archivedAt: Date;
  /** When its rows were gone from ClickHouse. */
  readonly deletedAt: Date | null;
  /** When the file was removed because its time was over too. */
  readonly fileRemovedAt: Date | null;
}

const COLUMNS = `dataset, day::text AS day, part, rows::float8 AS rows, bytes::float8 AS bytes, sha256, encrypted_with AS "encryptedWith",
  unfinished_file AS "unfinishedFile",
  archived_at AS "archivedAt", deleted_at AS "deletedAt", file_removed_at AS "fileRemovedAt"`;
const THIS = 'dataset = $1 AND day = $2 AND part = $3';
const keyOf = ({ dataset, day, part }: PartName) => [dataset, day, part];

async function select(client: Queryable, rest: string, values: readonly unknown[]): Promise<ArchivedPart[]> {
  const { rows } = await client.query(`SELECT ${COLUMNS} FROM fineprint.archive_parts ${rest}`, [...values]);
  return rows as ArchivedPart[];
}

/** Every part, or those of one data set, the oldest first. */
export const listParts = (client: Queryable, dataset?: string): Promise<ArchivedPart[]> =>
  select(client, 'WHERE $1::text IS NULL OR dataset = $1 ORDER BY dataset, archive_parts.day, part', [
    dataset ?? null,
  ]);

/** Files whose rows are not known to be gone from ClickHouse. */
export const openParts = (client: Queryable, dataset: string): Promise<ArchivedPart[]> =>
  select(client, 'WHERE dataset = $1 AND deleted_at IS NULL ORDER BY archive_parts.day, part', [dataset]);

/** Files that were written before so many days. */
export const outdatedParts = (client: Queryable, dataset: string, days: number): Promise<ArchivedPart[]> =>
  select(
    client,
    `WHERE dataset = $1 AND deleted_at IS NOT NULL AND file_removed_at IS NULL
       AND archived_at < clock_timestamp() - $2 * interval '1 day' ORDER BY archive_parts.day, part`,
    [dataset, days],
  );

/** The highest part of a day that was ever recorded. */
export async function lastPart(client: Queryable, dataset: string, day: string): Promise<number> {
  const { rows } = await client.query(
    'SELECT coalesce(max(part), 0) AS last FROM fineprint.archive_parts WHERE dataset = $1 AND day = $2',
    [dataset, day],
  );
  return Number((rows as { last: number }[])[0]?.last ?? 0);
}

export async function recordPart(
  client: Queryable,
  part: ExpectedPart & { readonly unfinishedFile: string },
): Promise<void> {
  await client.query(
    'INSERT INTO fineprint.archive_parts (dataset, day, part, rows, bytes, sha256, encrypted_with, unfinished_file) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [...keyOf(part), part.rows, part.bytes, part.sha256, part.encryptedWith, part.unfinishedFile],
  );
}

export async function noteFinished(client: Queryable, part: PartName): Promise<void> {
  await client.query(`UPDATE fineprint.archive_parts SET unfinished_file = NULL WHERE ${THIS}`, keyOf(part));
}

export async function noteDeleted(client: Queryable, part: PartName): Promise<void> {
  await client.query(
    `UPDATE fineprint.archive_parts SET deleted_at = clock_timestamp() WHERE ${THIS}`,
    keyOf(part),
  );
}

export async function noteFileRemoved(client: Queryable, part: PartName): Promise<void> {
  await client.query(
    `UPDATE fineprint.archive_parts SET file_removed_at = clock_timestamp() WHERE ${THIS}`,
    keyOf(part),
  );
}
