import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from './process-tree.ts';

/** How one instance of a service is started, every time the same. */
export interface InstanceSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  readonly logFile: string;
}

/** One of our services as a process, to be broken and mended. */
export interface Instance {
  /** `pii-scrubber-2` */
  readonly name: string;
  readonly url: string;
  readonly logFile: string;
  readonly pid: () => number | undefined;
  /** How often it ended without being told to. */
  readonly crashes: () => number;
  /** Starts it, unless it runs. Settings given here hold until the next start. */
  start(settings?: Readonly<Record<string, string>>): void;
  /** Another version, from its next start on: the folder of its repository. */
  runFrom(directory: string): void;
  /** SIGKILL; resolves when it is gone. It stays so until `start`. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it is gone, by SIGKILL after 40 s. */
  stop(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Resolves when it says that it is ready; rejects after `withinMs`. */
  ready(withinMs?: number): Promise<void>;
}

const RESTART_AFTER_MS = 1_000;
const STOP_TIMEOUT_MS = 40_000;
const READY_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 100;
const ASK_TIMEOUT_MS = 5_000;

export function createInstance(spec: InstanceSpec): Instance {
  let child: ChildProcess | undefined;
  let crashes = 0;
  let { cwd } = spec;

  const start: Instance['start'] = (settings = {}) => {
    if (child !== undefined) return;
    const log = fs.openSync(spec.logFile, 'a', 0o600);
    const [command = '', ...args] = spec.command;
    const env = { ...process.env, ...spec.env, ...settings };
    const started = spawn(command, args, { cwd, env, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    child = started;
    started.once('exit', () => {
      if (child !== started) return;
      // Nobody told it to end: as a supervisor would, start it again.
      child = undefined;
      crashes += 1;
      const timer = setTimeout(() => start(settings), RESTART_AFTER_MS);
      timer.unref();
    });
  };

  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    const late = setTimeout(() => ending.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(late);
  };

  const signal = (name: NodeJS.Signals) => {
    if (child?.pid !== undefined) signalProcess(child.pid, name);
  };

  return {
    name: spec.name,
    url: spec.url,
    logFile: spec.logFile,
    pid: () => child?.pid,
    crashes: () => crashes,
    start,
    runFrom(directory) {
      cwd = directory;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async ready(withinMs = READY_TIMEOUT_MS) {
      const deadlineMs = Date.now() + withinMs;
      for (;;) {
        const said = await askReady(spec.url);
        if (said === undefined) return;
        if (Date.now() > deadlineMs)
          throw new Error(`${spec.name} is not ready: ${said}; see ${spec.logFile}`);
        await sleep(READY_POLL_MS);
      }
    },
  };
}

/** Why it is not ready; undefined when it is. */
async function askReady(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    const text = await answer.text();
    return answer.status === 200 ? undefined : text;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
