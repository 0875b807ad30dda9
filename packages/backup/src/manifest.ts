import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BackupError } from './backup-error.ts';

/** Rises when an older version of the product could not read it. */
const FORMAT = 1;

const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Goes into statements and paths, so nothing else may pass. */
const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
/** Of Nested columns the name has a dot. */
const column = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]{0,126}$/);
const migrations = z.record(z.string(), z.string());

const file = z.strictObject({
  store: z.enum(['clickhouse', 'postgres']),
  table: identifier,
  columns: z.array(z.strictObject({ name: column, type: z.string() })).min(1),
  rows: count,
  /** A sum over all rows of a hash of everything in a row, as ClickHouse read it from the file; Postgres has none. */
  fingerprint: z.string().nullable(),
  bytes: count,
  /** Of the file as it lies there. */
  sha256,
});

const position = z.strictObject({
  group: z.string(),
  topic: z.string(),
  partition: count,
  /** Null: the group had committed nothing. */
  nextOffset: count.nullable(),
});

const content = z.strictObject({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The name of the key; null: in the clear. */
  encryptedWith: z.string().nullable(),
  kafka: z.strictObject({ clusterId: z.string(), positions: z.array(position) }),
  migrations: z.strictObject({ clickhouse: migrations, postgres: migrations }),
  files: z.array(file),
  sequences: z.array(z.strictObject({ name: identifier, value: z.string().regex(/^\d{1,19}$/) })),
});

const manifest = z.strictObject({ format: z.literal(FORMAT), sha256, content });

/** What a backup consists of: written last, so that a backup with one is whole. */
export type Manifest = z.infer<typeof content>;
export type BackupFile = z.infer<typeof file>;
export type GroupPosition = z.infer<typeof position>;

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

export function renderManifest(value: Manifest): string {
  const checked = content.parse(value);
  return `${JSON.stringify({ format: FORMAT, sha256: hashOf(checked), content: checked }, null, 1)}\n`;
}

/** Its own checksum tells a manifest that was changed; a table that is named twice is refused as well. */
export function parseManifest(text: string): Manifest {
  const read = jsonOf(text);
  if (typeof read === 'object' && read !== null && 'format' in read && Number(read.format) > FORMAT)
    throw new BackupError('backup_too_new', `the backup has format ${read.format}, known is ${FORMAT}`);
  const parsed = manifest.safeParse(read);
  if (!parsed.success || hashOf(parsed.data.content) !== parsed.data.sha256) throw changed();
  const { files } = parsed.data.content;
  if (new Set(files.map(fileOf)).size !== files.length) throw changed();
  return parsed.data.content;
}

const changed = () => new BackupError('backup_damaged', 'the manifest is not what was written');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw changed();
  }
}

const FORMATS = { clickhouse: 'native', postgres: 'copy' } as const;

/** Inside the backup's folder, without what encryption adds. */
export const fileOf = ({ store, table }: Pick<BackupFile, 'store' | 'table'>): string =>
  `${store}/${table}.${FORMATS[store]}.zst`;
