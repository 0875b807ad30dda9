import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../errors.ts';
import { isAlive, type ProcessRecord, removeRecord } from './process-record.ts';

const POLL_MS = 50;
const KILL_TIMEOUT_MS = 5_000;

/** Stops the very process a record names, politely first; a pid that now belongs to another process is left alone. */
export async function stopProcess(runDir: string, record: ProcessRecord): Promise<void> {
  if (isAlive(record)) {
    signalProcess(record.pid, record.stopSignal);
    if (!(await goneWithin(record, record.stopTimeoutMs))) {
      signalProcess(-record.pid, 'SIGKILL'); // its whole process group
      if (!(await goneWithin(record, KILL_TIMEOUT_MS))) {
        throw new StackError(
          'STOP_FAILED',
          `${record.name} (pid ${record.pid}) did not stop, not even by SIGKILL.`,
          `It is most likely waiting for a disk. Look at ${record.logFile} and try \`down\` again.`,
        );
      }
    }
  }
  removeRecord(runDir, record.name);
}

async function goneWithin(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(record)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!gone) throw error;
  }
}
