import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../errors.ts';
import { logFileOf, rotateLog } from './logs.ts';
import { MARK, markOf } from './orphans.ts';
import { processIdentity } from './process-identity.ts';
import { writeRecord } from './process-record.ts';
import { childEnv, DEFAULT_STOP_TIMEOUT_MS, type ProcessSpec, specHash } from './process-spec.ts';

export interface Launched {
  readonly child: ChildProcess;
  readonly logFile: string;
  readonly logOffset: number;
  /** Set once the process has ended: why. */
  ended: string | undefined;
}

/** Detached, in its own process group, with nothing of ours held open: it outlives this process and its terminal. */
export function launch(dataDir: string, spec: ProcessSpec): Launched {
  const logFile = logFileOf(dataDir, spec.name);
  rotateLog(logFile);
  const log = fs.openSync(logFile, 'a', 0o600);
  try {
    const logOffset = fs.fstatSync(log).size;
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: environment(dataDir, spec),
      detached: true,
      stdio: ['ignore', log, log],
      ...(spec.user ?? {}),
    });
    const launched: Launched = { child, logFile, logOffset, ended: undefined };
    child.once('error', (error) => {
      launched.ended = errorMessage(error);
    });
    child.once('exit', (code, signal) => {
      launched.ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
    });
    child.unref();
    if (child.pid !== undefined) remember(dataDir, spec, child.pid, logFile);
    return launched;
  } finally {
    fs.closeSync(log);
  }
}

/** With the mark by which a process is found when there is no record of it. */
export function environment(dataDir: string, spec: ProcessSpec): Record<string, string> {
  return { ...childEnv(process.env, spec.env), [MARK]: markOf(dataDir, spec.name) };
}

function remember(dataDir: string, spec: ProcessSpec, pid: number, logFile: string): void {
  writeRecord(path.join(dataDir, 'run'), {
    name: spec.name,
    tier: spec.tier,
    pid,
    identity: processIdentity(pid) ?? 'ended at once',
    specHash: specHash(spec),
    command: path.basename(spec.command),
    ports: [...spec.ports],
    logFile,
    startedAt: new Date().toISOString(),
    stopSignal: spec.stopSignal ?? 'SIGTERM',
    stopTimeoutMs: spec.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS,
    ...(spec.url === undefined ? {} : { url: spec.url }),
    ...(spec.ready.kind === 'http' ? { readyUrl: spec.ready.url } : {}),
  });
}
