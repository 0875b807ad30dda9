import path from 'node:path';
import type { OnProgress } from '../progress.ts';
import { isAlive, type ProcessRecord, readRecords } from './process-record.ts';
import type { ProcessSpec, ReadyCheck } from './process-spec.ts';
import { checkReady } from './ready.ts';
import { startProcess } from './start-process.ts';
import { stopProcess } from './stop-process.ts';

export interface ProcessStatus {
  readonly name: string;
  readonly tier: 'part' | 'service';
  readonly state: 'ready' | 'not-ready' | 'stopped';
  readonly pid?: number;
  readonly ports: readonly number[];
  readonly url?: string;
  readonly startedAt?: string;
  readonly logFile?: string;
  /** Why it is not ready. */
  readonly detail?: string;
}

/** Starts all at once; when some fail, the others are still brought to their end and the first failure is thrown. */
export async function startAll(
  dataDir: string,
  specs: readonly ProcessSpec[],
  onProgress: OnProgress,
): Promise<void> {
  await settleAll(specs.map((spec) => startReporting(dataDir, spec, onProgress)));
}

async function startReporting(dataDir: string, spec: ProcessSpec, onProgress: OnProgress): Promise<void> {
  try {
    await startProcess(dataDir, spec, onProgress);
  } catch (error) {
    onProgress({ name: spec.name, state: 'failed' });
    throw error;
  }
}

/** Stops, all at once, those of the started processes that `which` names. */
export async function stopAll(
  dataDir: string,
  onProgress: OnProgress,
  which: (record: ProcessRecord) => boolean,
): Promise<void> {
  const runDir = path.join(dataDir, 'run');
  const records = readRecords(runDir).filter(which);
  await settleAll(records.map((record) => stopReporting(runDir, record, onProgress)));
}

async function stopReporting(runDir: string, record: ProcessRecord, onProgress: OnProgress): Promise<void> {
  const startedAtMs = Date.now();
  onProgress({ name: record.name, state: 'stopping' });
  await stopProcess(runDir, record);
  onProgress({ name: record.name, state: 'stopped', elapsedMs: Date.now() - startedAtMs });
}

/** The truth about each recorded process, by asking it. `checks` adds the probes that a record cannot hold. */
export async function processStatuses(
  dataDir: string,
  checks: Readonly<Record<string, ReadyCheck>>,
): Promise<ProcessStatus[]> {
  return Promise.all(
    readRecords(path.join(dataDir, 'run')).map((record) => statusOf(record, checks[record.name])),
  );
}

async function statusOf(record: ProcessRecord, check: ReadyCheck | undefined): Promise<ProcessStatus> {
  const known = {
    name: record.name,
    tier: record.tier,
    ports: record.ports,
    logFile: record.logFile,
    ...(record.url === undefined ? {} : { url: record.url }),
  };
  if (!isAlive(record)) return { ...known, state: 'stopped', detail: 'it ended by itself, or was killed' };
  const readyCheck = check ?? recordedCheck(record);
  const problem = readyCheck === undefined ? undefined : await checkReady(readyCheck);
  const running = { ...known, pid: record.pid, startedAt: record.startedAt };
  return problem === undefined
    ? { ...running, state: 'ready' }
    : { ...running, state: 'not-ready', detail: problem };
}

function recordedCheck(record: ProcessRecord): ReadyCheck | undefined {
  return record.readyUrl === undefined ? undefined : { kind: 'http', url: record.readyUrl };
}

/** Waits for all, then throws the first failure: nothing goes on in the background after the caller has been told. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length === 0) return;
  if (failures.length === 1) throw failures[0];
  throw failures[0] instanceof Error ? withOthers(failures[0], failures.length - 1) : failures[0];
}

function withOthers(error: Error, otherCount: number): Error {
  error.message += `\n(and ${otherCount} more failed)`;
  return error;
}
