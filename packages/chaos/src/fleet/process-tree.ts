import { execFile } from 'node:child_process';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly rssBytes: number;
}

const KIB = 1_024;
const PS_TIMEOUT_MS = 10_000;

/** One look at all processes of this machine. */
export function readProcesses(): Promise<ProcessRow[]> {
  return new Promise((resolve, reject) => {
    execFile('ps', ['-A', '-o', 'pid=,ppid=,rss='], { timeout: PS_TIMEOUT_MS }, (error, stdout) =>
      error === null ? resolve(parseProcesses(stdout)) : reject(error),
    );
  });
}

export function parseProcesses(psOutput: string): ProcessRow[] {
  return psOutput.split('\n').flatMap((line) => {
    const [pid, parent, rss] = line.trim().split(/\s+/).map(Number);
    return pid === undefined || parent === undefined || rss === undefined
      ? []
      : [{ pid, parent, rssBytes: rss * KIB }];
  });
}

/** A process and all below it: Postgres' children have process groups of their own, so a signal to its group misses them. */
export function treeOf(root: number, processes: readonly ProcessRow[]): ProcessRow[] {
  const own = processes.filter((p) => p.pid === root);
  const below = processes.filter((p) => p.parent === root).flatMap((p) => treeOf(p.pid, processes));
  return [...own, ...below];
}

export async function signalTree(root: number, signal: NodeJS.Signals): Promise<void> {
  for (const { pid } of treeOf(root, await readProcesses())) signalProcess(pid, signal);
}

/** A process that has ended meanwhile is left alone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!gone) throw error;
  }
}
