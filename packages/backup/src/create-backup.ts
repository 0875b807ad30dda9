import { rm } from 'node:fs/promises';
import type { Keyring } from '@fineprint/at-rest';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { Client } from 'pg';
import {
  beginFolder,
  finishFolder,
  readBackupFile,
  readManifest,
  writeBackupFile,
  writeManifest,
} from './backup-folder.ts';
import type { ClickHouseStore } from './clickhouse-store.ts';
import * as clickhouse from './clickhouse-tables.ts';
import { readPositions } from './kafka-positions.ts';
import type { BackupFile, Manifest } from './manifest.ts';
import * as postgres from './postgres-tables.ts';

/** The stores, and Kafka's word on where groups stand. */
export interface BackupPorts {
  readonly clickhouse: ClickHouseStore;
  /** A connection of its own. */
  readonly postgres: Client;
  readonly admin: TopicAdmin;
  readonly keyring: Keyring | null;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
}

/**
 * Backs up while everything runs. The order is what makes the three agree: positions first, so that none is beyond the rows that
 * are read after it; Postgres last, since what is removed for its age is marked there before it goes from ClickHouse.
 */
export async function createBackup(ports: BackupPorts, dir: string): Promise<Manifest> {
  await postgres.takeLock(ports.postgres);
  const startedAt = new Date(ports.nowMs()).toISOString();
  const unfinished = await beginFolder(dir);
  try {
    const kafka = { clusterId: await ports.admin.clusterId(), positions: await readPositions(ports.admin) };
    const fromClickHouse = await backUpClickHouse(ports, unfinished);
    const fromPostgres = await backUpPostgres(ports, unfinished);
    const manifest: Manifest = {
      startedAt,
      finishedAt: new Date(ports.nowMs()).toISOString(),
      encryptedWith: ports.keyring?.newest.id ?? null,
      kafka,
      migrations: { clickhouse: fromClickHouse.migrations, postgres: fromPostgres.migrations },
      files: [...fromClickHouse.files, ...fromPostgres.files],
      sequences: fromPostgres.sequences,
    };
    await writeManifest(unfinished, manifest, ports.keyring);
    await finishFolder(unfinished, dir);
    return await readManifest(dir, ports.keyring);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** ClickHouse reads each file again, as it lies on the disk: what it counts there is what the backup has. */
async function backUpClickHouse(
  { clickhouse: store, keyring, signal, onProgress }: BackupPorts,
  dir: string,
) {
  const migrations = await clickhouse.migrationsOf(store);
  const files: BackupFile[] = [];
  await clickhouse.openScratch(store);
  try {
    for (const table of await clickhouse.listTables(store)) {
      signal.throwIfAborted();
      onProgress(`ClickHouse: ${table.table}`);
      const of = { store: 'clickhouse', ...table } as const;
      const rows = await clickhouse.dumpTable(store, table, signal);
      const stored = await writeBackupFile(dir, of, keyring, rows, signal);
      const file: BackupFile = { ...of, ...stored, rows: 0, fingerprint: null };
      const encryptedWith = keyring?.newest.id ?? null;
      const again = readBackupFile(dir, file, { encryptedWith }, keyring);
      files.push({ ...file, ...(await clickhouse.countFile(store, table, again, signal)) });
    }
  } finally {
    await clickhouse.dropScratch(store);
  }
  return { migrations, files };
}

async function backUpPostgres({ postgres: client, keyring, signal, onProgress }: BackupPorts, dir: string) {
  const files: BackupFile[] = [];
  await postgres.beginSnapshot(client);
  const migrations = await postgres.migrationsOf(client);
  for (const table of await postgres.listTables(client)) {
    signal.throwIfAborted();
    onProgress(`Postgres: ${table.table}`);
    const of = { store: 'postgres', ...table } as const;
    const { stream, rows } = postgres.dumpTable(client, table);
    const stored = await writeBackupFile(dir, of, keyring, [stream], signal);
    files.push({ ...of, ...stored, rows: rows(), fingerprint: null });
  }
  // They are of no snapshot: read last, they are beyond every number that the rows have.
  const sequences = await postgres.readSequences(client);
  await client.query('COMMIT');
  return { migrations, files, sequences };
}
