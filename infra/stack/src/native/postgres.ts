import fs from 'node:fs';
import path from 'node:path';
import { StackError } from '../errors.ts';
import { LOOPBACK, POSTGRES_USER } from '../parts.ts';
import { postgresProbe } from '../probes/postgres-probe.ts';
import { runCommand } from '../run-command.ts';
import type { StackSettings } from '../settings.ts';
import { commandLine, processIdentity } from '../supervisor/process-identity.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { type PostgresAccount, postgresAccount } from './postgres-account.ts';
import { postgresBinaries } from './postgres-binaries.ts';

const INITDB_TIMEOUT_MS = 120_000;

/** What `initdb` is told, whoever runs it: one collation everywhere, independent of the system's locales. */
export const INITDB_OPTIONS: readonly string[] = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth-host=scram-sha-256',
  '--auth-local=scram-sha-256',
];

export async function postgresSpec(settings: StackSettings, databaseUrl: string): Promise<ProcessSpec> {
  const { postgres, initdb } = await postgresBinaries();
  const home = path.join(settings.dataDir, 'postgres');
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  const account = await postgresAccount(postgres, settings.dataDir);
  const cluster = path.join(home, 'cluster');
  const tls = settings.tlsDir === undefined ? undefined : copyForPostgres(settings.tlsDir, home, account);
  const server = [postgres, '-D', cluster, '-p', String(settings.ports.postgres), ...serverOptions(tls)];
  const [command = postgres, ...args] = [...account.prefix, ...server];
  return {
    name: 'postgres',
    tier: 'part',
    command,
    args,
    env: {},
    cwd: home,
    ...(account.user === undefined ? {} : { user: account.user }),
    ports: [settings.ports.postgres],
    url: `postgresql://${LOOPBACK}:${settings.ports.postgres}`,
    ready: { kind: 'probe', probe: () => postgresProbe(databaseUrl, { create: true }) },
    // "Fast": it ends open sessions instead of waiting for them.
    stopSignal: 'SIGINT',
    // After a kill -9 its children hold the shared memory until they notice, a moment later.
    startAttempts: 4,
    prepare: async (env) => {
      giveTo(home, account);
      if (fs.existsSync(cluster)) removeStalePidFile(cluster);
      else await initialise({ initdb, home, cluster, password: new URL(databaseUrl).password, account, env });
    },
  };
}

interface ServerTls {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Postgres wants a key that is its own and that nobody else can read. */
function copyForPostgres(tlsDir: string, home: string, account: PostgresAccount): ServerTls {
  const copy = (name: string): string => {
    const file = path.join(home, name);
    fs.copyFileSync(path.join(tlsDir, name), file);
    fs.chmodSync(file, 0o600);
    giveTo(file, account);
    return file;
  };
  return { certificateFile: copy('server.crt'), keyFile: copy('server.key') };
}

function serverOptions(tls: ServerTls | undefined): string[] {
  const options: Record<string, string> = {
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    shared_buffers: '64MB',
    max_connections: '100',
    log_min_messages: 'warning',
    ...(tls === undefined
      ? {}
      : { ssl: 'on', ssl_cert_file: tls.certificateFile, ssl_key_file: tls.keyFile }),
  };
  return Object.entries(options).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

interface Initialisation {
  readonly initdb: string;
  readonly home: string;
  readonly cluster: string;
  readonly password: string;
  readonly account: PostgresAccount;
  readonly env: Readonly<Record<string, string>>;
}

/** Made beside and renamed, so a cluster that exists is whole. */
async function initialise({ initdb, home, cluster, password, account, env }: Initialisation): Promise<void> {
  const making = path.join(home, 'cluster.new');
  const passwordFile = path.join(home, 'password.new');
  fs.rmSync(making, { recursive: true, force: true });
  fs.writeFileSync(passwordFile, `${decodeURIComponent(password)}\n`, { mode: 0o600 });
  giveTo(passwordFile, account);
  const options = [
    `--pgdata=${making}`,
    `--username=${POSTGRES_USER}`,
    `--pwfile=${passwordFile}`,
    ...INITDB_OPTIONS,
  ];
  const [command = initdb, ...args] = [...account.prefix, initdb, ...options];
  try {
    const result = await runCommand(command, args, INITDB_TIMEOUT_MS, { ...account.user, env });
    if (result.code !== 0) {
      throw new StackError(
        'PREPARE_FAILED',
        `initdb failed:\n${result.output}`,
        'Check that the data folder can be written and has room.',
      );
    }
    fs.renameSync(making, cluster);
  } finally {
    fs.rmSync(passwordFile, { force: true });
  }
}

function giveTo(file: string, account: PostgresAccount): void {
  if (account.owner !== undefined) fs.chownSync(file, account.owner.uid, account.owner.gid);
}

/**
 * Postgres refuses to start while the pid in its file is alive, whoever has that pid by now (after a reboot, say). The file is
 * removed only when that process is certainly no server of this cluster.
 */
function removeStalePidFile(cluster: string): void {
  const file = path.join(cluster, 'postmaster.pid');
  if (!fs.existsSync(file)) return;
  const pid = Number(fs.readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || processIdentity(pid) === undefined) return; // Postgres sees to it itself
  if (!(commandLine(pid) ?? 'postgres').includes('postgres')) fs.rmSync(file);
}
