import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceArgs } from '@fineprint/stack';
import type { NodeName } from '@fineprint/topology';

const ROOT = path.join(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 120_000;

const programOf = (name: string) => (name.startsWith('forwarder-') ? 'sink-forwarder' : name);

/** One of our services as a process of its own, which a test may kill. */
export interface ServiceProcess {
  readonly url: string;
  /** What it has logged, over all its lives. */
  readonly log: () => string;
  /** SIGKILL, and a new process on the same port. Resolves when the old one is gone; `ready` tells of the new one. */
  killAndRestart(): Promise<void>;
  ready(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Null while it runs. */
  exitCode(): number | null;
  stop(): Promise<void>;
}

export async function startService(
  name: NodeName | 'query-api',
  env: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let log = '';
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, serviceArgs(programOf(name)), {
      cwd: ROOT,
      env: { ...process.env, ...env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    return child;
  };
  let child = start();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };
  return {
    url,
    log: () => log,
    async killAndRestart() {
      await end('SIGKILL');
      child = start();
    },
    async ready() {
      const deadlineMs = Date.now() + READY_TIMEOUT_MS;
      for (;;) {
        const answer = await fetch(`${url}/ready`).catch(() => undefined);
        if (answer?.status === 200) return;
        if (Date.now() > deadlineMs)
          throw new Error(`${name} is not ready: ${await answer?.text()}\n${log.slice(-2_000)}`);
        await sleep(100);
      }
    },
    signal: (signal) => void child.kill(signal),
    exitCode: () => child.exitCode,
    stop: () => end('SIGTERM'),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
