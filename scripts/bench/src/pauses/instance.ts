import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK, REPO_DIR, serviceArgs } from '@fineprint/stack';

/** One process of a service, at a port of its own. */
export interface Instance {
  readonly url: string;
  /** Of the process that runs now. */
  pid(): number;
  ready(): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
  /** Starts it again, at the same port. */
  start(): void;
  /** Records it has worked off since it began. */
  records(): Promise<number>;
}

const PROFILING = ['--cpu-prof', '--cpu-prof-dir=.fineprint/profiles'];
const READY_WITHIN_MS = 90_000;

/** `isProfiled` leaves a .cpuprofile in .fineprint/profiles when it stops. */
export function startInstance(
  name: string,
  port: number,
  env: Readonly<Record<string, string>>,
  isProfiled = false,
): Instance {
  const url = `http://${LOOPBACK}:${port}`;
  // As `up` starts it.
  const args = [...(isProfiled ? PROFILING : []), ...serviceArgs(name)];
  const launch = (): ChildProcess =>
    spawn(process.execPath, args, {
      cwd: REPO_DIR,
      env: { ...process.env, ...env, HOST: LOOPBACK, PORT: String(port), LOG_LEVEL: 'error' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  let child = launch();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    url,
    pid: () => child.pid ?? 0,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start() {
      child = launch();
    },
    async ready() {
      const deadlineMs = Date.now() + READY_WITHIN_MS;
      for (;;) {
        const answer = await fetch(`${url}/ready`).catch(() => null);
        const text = await answer?.text();
        if (answer?.status === 200) return;
        if (Date.now() > deadlineMs) throw new Error(`${name} is not ready: ${text ?? 'no answer'}`);
        await sleep(100);
      }
    },
    async records() {
      const answer = await fetch(`${url}/metrics`).catch(() => null);
      const lines = (await answer?.text())?.split('\n') ?? [];
      return lines
        .filter((line) => line.startsWith('fineprint_stream_records_total{'))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
  };
}
