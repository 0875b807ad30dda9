import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { environment, type Launched, launch } from './launch.ts';
import { tailLog } from './logs.ts';
import { killMarked } from './orphans.ts';
import { assertPortsFree } from './port-check.ts';
import { isAlive, readRecord, removeRecord } from './process-record.ts';
import { DEFAULT_READY_TIMEOUT_MS, type ProcessSpec, specHash } from './process-spec.ts';
import { checkReady } from './ready.ts';
import { stopProcess } from './stop-process.ts';

const POLL_MS = 100;
const KEEP_TIMEOUT_MS = 10_000;
const SHOWN_LOG_LINES = 15;

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
