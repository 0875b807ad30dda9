import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaceConfig } from './config.ts';
import { runEngine } from './engine.ts';
import { FaceError } from './errors.ts';
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

const PING_INTERVAL_MS = 20;

/** Starts the engine in this process and resolves when it answers /ping. */
export async function startFace(config: FaceConfig, users: UsersFile): Promise<Face> {
  const gate = new StartupGate();
  await gate.listen();
  const runDir = join(config.dataDir, 'face');
  const configPath = writeConfiguration(config, users, gate, runDir);
  shutStandardInput();
  const script = startupScript({
    databases: users.users.flatMap((user) => (user.databases === '*' ? [] : user.databases)),
    gateUrl: (step) => gate.url(step),
    drainTimeoutMs: config.drainTimeoutMs,
  });
  const ended = runEngine(['--config-file', configPath, '--query', script]).finally(() => gate.close());
  const failed = ended.then(() => {
    throw new FaceError('ENGINE_STOPPED', 'the engine ended during its start');
  });
  try {
    const timeout = AbortSignal.timeout(config.startTimeoutMs);
    await Promise.race([failed, gate.started, aborted(timeout)]);
    // Read by now, and it holds password hashes.
    rmSync(runDir, { recursive: true });
    await Promise.race([failed, answersPing(config, timeout)]);
  } catch (error) {
    throw startError(error, config);
  }
  failed.catch(() => {}); // from here on the caller watches `ended`, the same failure
  return { ended, stop: () => gate.release() };
}

function writeConfiguration(config: FaceConfig, users: UsersFile, gate: StartupGate, runDir: string): string {
  // On a path without this folder the engine starts no background tasks, and DROP ... SYNC would wait for ever.
  mkdirSync(join(config.dataDir, 'metadata'), { recursive: true });
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
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
  if (descriptor !== 0) throw new FaceError('ENGINE_START_FAILED', 'could not replace standard input');
}

async function answersPing(config: FaceConfig, timeout: AbortSignal): Promise<void> {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  for (;;) {
    timeout.throwIfAborted();
    const response = await fetch(`http://${host}:${config.port}/ping`, { signal: timeout }).catch(
      () => undefined,
    );
    if (response?.ok) return;
    await sleep(PING_INTERVAL_MS);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function startError(error: unknown, config: FaceConfig): FaceError {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new FaceError(
      'ENGINE_START_TIMEOUT',
      `the engine did not answer within ${config.startTimeoutMs} ms`,
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new FaceError('ENGINE_START_FAILED', `the engine did not start: ${reason}`, { cause: error });
}
