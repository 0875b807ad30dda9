import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../errors.ts';
import { processIdentity } from './process-identity.ts';

const POLL_MS = 20;
const KILL_TIMEOUT_MS = 5_000;

/** In the environment of every process we start. */
export const MARK = 'FINEPRINT_PROCESS';

export function markOf(dataDir: string, name: string): string {
  return `${dataDir}#${name}`;
}

/** For processes that somebody starts beside the stack: `down` finds and ends what such a starter left behind. */
export function processMark(dataDir: string, name: string): Record<string, string> {
  return { [MARK]: markOf(dataDir, name) };
}

/**
 * Processes that carry a mark of this data folder: found even when the process that started them was killed before it could
 * write their record. Children of ours carry it too. Those of other users, and the caller itself, are left out.
 */
export function markedProcesses(dataDir: string, name?: string): number[] {
  const wanted = `${MARK}=${markOf(dataDir, name ?? '')}`;
  const matches = (entry: string) => (name === undefined ? entry.startsWith(wanted) : entry === wanted);
  const found = process.platform === 'linux' ? linuxMarked(matches) : psMarked(matches);
  return found.filter((pid) => pid !== process.pid && processIdentity(pid) !== undefined);
}

/** At once and for good: nobody waits for what nobody knows of. Returns when they are gone. */
export async function killMarked(dataDir: string, name?: string): Promise<void> {
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  for (;;) {
    const pids = markedProcesses(dataDir, name);
    if (pids.length === 0) return;
    if (Date.now() >= deadline) throw stillThere(dataDir, pids);
    for (const pid of pids) kill(pid);
    await sleep(POLL_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!gone) throw error;
  }
}

function stillThere(dataDir: string, pids: readonly number[]): StackError {
  return new StackError(
    'STOP_FAILED',
    `Processes of an earlier start in ${dataDir} do not end, not even by SIGKILL: ${pids.join(', ')}.`,
    'They are most likely waiting for a disk. Try again later.',
  );
}

function linuxMarked(matches: (entry: string) => boolean): number[] {
  const pids = fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => environmentOf(pid).split('\0').some(matches)).map(Number);
}

function environmentOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return ''; // ended meanwhile, or another user's
  }
}

/** `ps -E` prints the environment after the command, separated by blanks. */
function psMarked(matches: (entry: string) => boolean): number[] {
  const lines = execFileSync('ps', ['-Ewwx', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  return lines.split('\n').flatMap((line) => {
    const [, pid, rest] = /^\s*(\d+)\s(.*)$/.exec(line) ?? [];
    const start = rest?.indexOf(`${MARK}=`) ?? -1;
    if (pid === undefined || rest === undefined || start < 0) return [];
    const entry = rest.slice(start).split(/ (?=\w+=)/)[0] ?? '';
    return matches(entry) ? [Number(pid)] : [];
  });
}
