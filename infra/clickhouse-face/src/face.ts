import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaceConfig } from './config.ts';
import { runEngine } from './engine.ts';
import { FaceError } from './errors.ts';
import { createProxy } from './proxy.ts';
import { renderServerXml } from './server-xml.ts';
import { StartupGate } from './startup-gate.ts';
import { startupScript } from './startup-script.ts';
import type { UsersFile } from './users-file.ts';
import { renderUsersXml } from './users-xml.ts';

export type Face = {
  /** Rejects if the engine ends by itself; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Stops listening, lets running queries end (bounded), flushes and closes the engine. */
  stop(): void;
};

/** Starts the engine in this process and resolves when clients are served. */
export async function startFace(config: FaceConfig, users: UsersFile): Promise<Face> {
  const gate = new StartupGate();
  await gate.listen();
  // On a path without this folder the engine starts no background tasks, and DROP ... SYNC would wait for ever.
  mkdirSync(join(config.dataDir, 'metadata'), { recursive: true });
  shutStandardInput();
  const script = startupScript({
    databases: users.users.flatMap((user) => (user.databases === '*' ? [] : user.databases)),
    gateUrl: (step) => gate.url(step),
    drainTimeoutMs: config.drainTimeoutMs,
  });
  const runDir = mkdtempSync(join(tmpdir(), 'clickhouse-face-'));
  const configPath = writeConfiguration(config, users, gate, runDir);
  const ended = runEngine(['--config-file', configPath, '--query', script]).finally(() => gate.close());
  const enginePort = await withinStart(gate.enginePort, ended, config.startTimeoutMs).finally(() => {
    // Read by now, and it holds password hashes.
    rmSync(runDir, { recursive: true });
  });
  const proxy = createProxy({ enginePort, maxConnections: config.maxConnections });
  const stop = () => {
    proxy.close();
    gate.release();
  };
  try {
    await listen(proxy, config);
  } catch (error) {
    stop();
    await ended;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FaceError('LISTEN_FAILED', `cannot listen on ${config.host}:${config.port}: ${reason}`, {
      cause: error,
    });
  }
  return { ended, stop };
}

async function withinStart<T>(started: Promise<T>, ended: Promise<void>, timeoutMs: number): Promise<T> {
  const timeout = new AbortController();
  const endedEarly = ended.then(() => {
    throw new FaceError('ENGINE_START_FAILED', 'the engine ended during its start; see its line on stderr');
  });
  const tooLate = sleep(timeoutMs, undefined, { signal: timeout.signal }).then(() => {
    throw new FaceError('ENGINE_START_TIMEOUT', `the engine did not start within ${timeoutMs} ms`);
  });
  try {
    return await Promise.race([started, endedEarly, tooLate]);
  } finally {
    // The losers of the race must not count as unhandled; the caller watches `ended` from here on.
    endedEarly.catch(() => {});
    tooLate.catch(() => {});
    timeout.abort();
  }
}

function listen(proxy: Server, config: FaceConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(config.port, config.host, resolve);
  });
}

function writeConfiguration(config: FaceConfig, users: UsersFile, gate: StartupGate, runDir: string): string {
  const usersXmlPath = join(runDir, 'users.xml');
  const configPath = join(runDir, 'config.xml');
  const authenticateUrl = gate.url('authenticate');
  writeFileSync(usersXmlPath, renderUsersXml(users, config), { mode: 0o600 });
  writeFileSync(configPath, renderServerXml({ ...config, usersXmlPath, authenticateUrl }), { mode: 0o600 });
  return configPath;
}

/** The engine would take a pipe on stdin for data to import, and wait for its end. */
function shutStandardInput(): void {
  closeSync(0);
  const descriptor = openSync('/dev/null', 'r');
  if (descriptor !== 0) throw new Error('could not replace standard input');
}
