import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, StackError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { logFileOf, rotateLog, tailLog } from './logs.ts';
import { killMarked, MARK, markOf } from './orphans.ts';
import { isPortTaken, portOwner } from './port-owner.ts';
import { processIdentity } from './process-identity.ts';
import { isAlive, readRecord, removeRecord, writeRecord } from './process-record.ts';
import {
  childEnv,
  DEFAULT_READY_TIMEOUT_MS,
  DEFAULT_STOP_TIMEOUT_MS,
  type ProcessSpec,
  specHash,
} from './process-spec.ts';
import { checkReady } from './ready.ts';
import { stopProcess } from './stop-process.ts';

const POLL_MS = 100;
const KEEP_TIMEOUT_MS = 10_000;
const PORT_RELEASE_TIMEOUT_MS = 2_000;
const SHOWN_LOG_LINES = 15;

interface Launched {
  readonly child: ChildProcess;
  readonly logFile: string;
  readonly logOffset: number;
  /** Set once the process has ended: why. */
  ended: string | undefined;
}

/** Brings one process to readiness. One that already runs, as declared and healthy, is kept as it is. */
export async function startProcess(
  dataDir: string,
  spec: ProcessSpec,
  onProgress: OnProgress,
): Promise<void> {
  const runDir = path.join(dataDir, 'run');
  const startedAtMs = Date.now();
  const record = readRecord(runDir, spec.name);
  if (record !== undefined && isAlive(record)) {
    if (record.specHash === specHash(spec) && (await answersWithin(spec, KEEP_TIMEOUT_MS))) {
      onProgress({ name: spec.name, state: 'kept', detail: `pid ${record.pid}` });
      return;
    }
    onProgress({
      name: spec.name,
      state: 'restarting',
      detail: 'it is not what is wanted, or does not answer',
    });
    await stopProcess(runDir, record);
  }
  removeRecord(runDir, spec.name);
  await killMarked(dataDir, spec.name);
  await assertPortsFree(spec);
  onProgress({ name: spec.name, state: 'starting' });
  await spec.prepare?.(environment(dataDir, spec));
  await launchUntilReady(dataDir, spec);
  onProgress({ name: spec.name, state: 'ready', elapsedMs: Date.now() - startedAtMs });
}

async function launchUntilReady(dataDir: string, spec: ProcessSpec): Promise<void> {
  const attempts = spec.startAttempts ?? 1;
  for (let attempt = 1; ; attempt += 1) {
    const launched = launch(dataDir, spec);
    try {
      return await waitUntilReady(spec, launched);
    } catch (error) {
      const runDir = path.join(dataDir, 'run');
      const record = readRecord(runDir, spec.name);
      if (record !== undefined) await stopProcess(runDir, record);
      if (launched.ended === undefined || attempt >= attempts) throw error;
      await sleep(attempt * 1_000);
    }
  }
}

/** Detached, in its own process group, with nothing of ours held open: it outlives this process and its terminal. */
function launch(dataDir: string, spec: ProcessSpec): Launched {
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

function environment(dataDir: string, spec: ProcessSpec): Record<string, string> {
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

async function waitUntilReady(spec: ProcessSpec, launched: Launched): Promise<void> {
  const timeoutMs = spec.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (launched.ended !== undefined) throw exited(spec, launched, launched.ended);
    const problem = await checkReady(spec.ready);
    // A probe may have been answered by somebody else while our process was failing to bind.
    if (problem === undefined && launched.ended === undefined) return;
    if (Date.now() >= deadline) throw timedOut(spec, launched, timeoutMs, problem ?? launched.ended ?? '');
    await sleep(POLL_MS);
  }
}

async function answersWithin(spec: ProcessSpec, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while ((await checkReady(spec.ready)) !== undefined) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

async function assertPortsFree(spec: ProcessSpec): Promise<void> {
  for (const port of spec.ports) {
    const deadline = Date.now() + PORT_RELEASE_TIMEOUT_MS;
    // A port without an owner we can see may belong to a process that is just ending.
    while (await isPortTaken(port)) {
      if (portOwner(port) !== undefined || Date.now() >= deadline) throw portTaken(spec.name, port);
      await sleep(POLL_MS);
    }
  }
}

export function portTaken(name: string, port: number): StackError {
  const owner = portOwner(port);
  const by = owner === undefined ? 'another process' : `process ${owner.pid} (${owner.command})`;
  const stop = owner === undefined ? 'Stop that process' : `Stop that process (kill ${owner.pid})`;
  return new StackError(
    'PORT_TAKEN',
    `${name} cannot start: port ${port} is taken by ${by}.`,
    `${stop}, or move all ports: FINEPRINT_PORT_OFFSET=10000`,
  );
}

function exited(spec: ProcessSpec, launched: Launched, how: string): StackError {
  return new StackError(
    'PROCESS_EXITED',
    `${spec.name} ended before it was ready (${how}).${lastLines(launched)}`,
    `The whole log is in ${launched.logFile}`,
  );
}

function timedOut(spec: ProcessSpec, launched: Launched, timeoutMs: number, problem: string): StackError {
  return new StackError(
    'READY_TIMEOUT',
    `${spec.name} was not ready within ${timeoutMs / 1000} s (${problem}).${lastLines(launched)}`,
    `The whole log is in ${launched.logFile}`,
  );
}

function lastLines(launched: Launched): string {
  const lines = tailLog(launched.logFile, SHOWN_LOG_LINES, launched.logOffset);
  return lines.length === 0
    ? ''
    : ` Its last lines:\n${lines.map((line) => `  | ${line.slice(0, 300)}`).join('\n')}`;
}
