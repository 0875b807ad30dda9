import { setTimeout as sleep } from 'node:timers/promises';
import { nodes } from '@fineprint/topology';
import type { Client } from 'pg';
import { BackupError } from './backup-error.ts';
import { checkFiles, readBackupFile, readManifest } from './backup-folder.ts';
import * as clickhouse from './clickhouse-tables.ts';
import type { BackupPorts } from './create-backup.ts';
import { busyGroups, readKafka, setPositions } from './kafka-positions.ts';
import type { BackupFile, Manifest } from './manifest.ts';
import { type Expired, type PositionPlan, planPositions, readers } from './plan-positions.ts';
import * as postgres from './postgres-tables.ts';

export interface RestoreOptions {
  /** What the stores hold may go. */
  readonly replace: boolean;
  /** Records that came after the backup and are not in Kafka any more are given up. */
  readonly acceptLoss: boolean;
  /** Called when nothing stands against it but who is still at work. */
  readonly stopServices: () => Promise<void>;
  /** Writes down who did it, in the transaction that does it. */
  readonly record: (client: Client, manifest: Manifest) => Promise<void>;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly movedPartitions: number;
  readonly expired: readonly Expired[];
}

/** Names that processes of ours have in Postgres. The gateway only reads keys, and goes on taking events. */
const SESSIONS = [...Object.keys(nodes), 'query-api'].filter((name) => name !== 'ingest-gateway');

/** Reads all of a backup and loads it beside what is there, which it leaves alone. */
export async function tryBackup(ports: BackupPorts, dir: string): Promise<Manifest> {
  await postgres.takeLock(ports.postgres);
  const manifest = await readWhole(ports, dir);
  await checkSchema(ports, manifest);
  try {
    await loadClickHouse(ports, dir, manifest);
    ports.onProgress('Postgres');
    await ports.postgres.query('BEGIN');
    await postgres.loadAside(ports.postgres, manifest, opener(ports, dir, manifest), ports.signal);
  } finally {
    await ports.postgres.query('ROLLBACK');
    await clickhouse.dropScratch(ports.clickhouse);
  }
  return manifest;
}

/**
 * Puts a backup into the place of what the stores hold. All that can be refused is refused before anything changes, and all rows are
 * loaded before any is seen. Broken off anywhere it may be run again: positions that went back too early only make their readers look
 * at more of what they hold, tables change place whole, and Postgres comes last and at once.
 */
export async function restoreBackup(
  ports: BackupPorts,
  dir: string,
  options: RestoreOptions,
): Promise<Restored> {
  const { clickhouse: store, postgres: client, admin, onProgress } = ports;
  await postgres.takeLock(client);
  const manifest = await readWhole(ports, dir);
  await checkSchema(ports, manifest);
  const plan = await planOf(ports, manifest, options);
  if (!options.replace) await checkEmpty(ports);
  onProgress('waiting for services to end');
  await options.stopServices();
  await waitForQuiet(ports);
  try {
    await loadClickHouse(ports, dir, manifest);
    onProgress('Postgres');
    await client.query('BEGIN');
    await postgres.replaceTables(client, manifest, opener(ports, dir, manifest), ports.signal);
    onProgress('positions');
    await setPositions(admin, plan.moves, sleep);
    for (const { table } of filesOf(manifest, 'clickhouse')) await clickhouse.swapIn(store, table);
    await options.record(client, manifest);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined); // the connection may be what broke
    throw error;
  } finally {
    await clickhouse.dropScratch(store);
  }
  return { manifest, movedPartitions: plan.moves.length, expired: plan.expired };
}

async function readWhole({ keyring, signal, onProgress }: BackupPorts, dir: string): Promise<Manifest> {
  onProgress('reading the backup');
  const manifest = await readManifest(dir, keyring);
  await checkFiles(dir, manifest, keyring, signal);
  return manifest;
}

/** Rows fit into the tables that they came from. */
async function checkSchema({ clickhouse: store, postgres: client }: BackupPorts, { migrations }: Manifest) {
  const now = {
    clickhouse: await clickhouse.migrationsOf(store),
    postgres: await postgres.migrationsOf(client),
  };
  for (const where of ['clickhouse', 'postgres'] as const) {
    const [has, had] = [now[where], migrations[where]];
    const all = new Set([...Object.keys(has), ...Object.keys(had)]);
    const differing = [...all].filter((id) => has[id] !== had[id]).sort();
    if (differing.length > 0)
      throw new BackupError(
        'schema_differs',
        `the tables of ${where} and of the backup differ by the migrations ${differing.join(', ')}`,
      );
  }
}

async function planOf(
  { admin }: BackupPorts,
  manifest: Manifest,
  { acceptLoss }: RestoreOptions,
): Promise<PositionPlan> {
  const clusterId = await admin.clusterId();
  if (clusterId !== manifest.kafka.clusterId)
    throw new BackupError(
      'kafka_other',
      `the backup goes with the Kafka cluster ${manifest.kafka.clusterId}, and this is ${clusterId}`,
    );
  const plan = planPositions(manifest.kafka.positions, await readKafka(admin));
  const [first] = plan.expired;
  if (first !== undefined && !acceptLoss)
    throw new BackupError(
      'events_expired',
      `${plan.expired.length} partitions lack records that came after the backup: ${first.topic}/${first.partition} those from offset ${first.from} to ${first.to - 1} (${first.group})`,
    );
  return plan;
}

async function checkEmpty({ clickhouse: store, postgres: client }: BackupPorts): Promise<void> {
  const isFilled =
    (await clickhouse.hasRows(store, await clickhouse.listTables(store))) ||
    (await postgres.hasRows(client, await postgres.listTables(client)));
  if (isFilled) throw new BackupError('stores_not_empty', 'the stores hold rows, which would be replaced');
}

/** Kafka takes a killed process for a member until its session is over. */
const GONE_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 1_000;

async function waitForQuiet({ postgres: client, admin, signal }: BackupPorts): Promise<void> {
  const groups = readers.filter((r) => r.isRestored).map((r) => r.group);
  for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
    const busy = [...(await postgres.otherSessions(client, SESSIONS)), ...(await busyGroups(admin, groups))];
    if (busy.length === 0) return;
    if (waitedMs >= GONE_WITHIN_MS)
      throw new BackupError('services_running', `at work still: ${[...new Set(busy)].join(', ')}`);
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

const filesOf = ({ files }: Manifest, store: BackupFile['store']) => files.filter((f) => f.store === store);

const opener =
  ({ keyring }: BackupPorts, dir: string, manifest: Manifest) =>
  (file: BackupFile) =>
    readBackupFile(dir, file, manifest, keyring);

async function loadClickHouse(ports: BackupPorts, dir: string, manifest: Manifest): Promise<void> {
  const { clickhouse: store, signal, onProgress } = ports;
  await clickhouse.openScratch(store);
  for (const file of filesOf(manifest, 'clickhouse')) {
    signal.throwIfAborted();
    onProgress(`ClickHouse: ${file.table}`);
    await clickhouse.loadTable(store, file, opener(ports, dir, manifest)(file), signal);
  }
}
