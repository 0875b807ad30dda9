import { execFile } from 'node:child_process';

/** pid → bytes in memory of that process and all below it. */
export type MemoryByPid = (pid: number) => number | undefined;

/** One look at all processes; nothing is known where `ps` is missing. */
export function readMemory(): Promise<MemoryByPid> {
  return new Promise((resolve) => {
    execFile('ps', ['-A', '-o', 'pid=,ppid=,rss='], { timeout: 5_000 }, (error, stdout) => {
      resolve(error === null ? memoryOf(stdout) : () => undefined);
    });
  });
}

const KIB = 1_024;

/** Sums over a process and its descendants: Postgres is many. Pages that they share count once each. */
export function memoryOf(psOutput: string): MemoryByPid {
  const rssKib = new Map<number, number>();
  const children = new Map<number, number[]>();
  for (const line of psOutput.split('\n')) {
    const [pid, parent, rss] = line.trim().split(/\s+/).map(Number);
    if (pid === undefined || parent === undefined || rss === undefined) continue;
    rssKib.set(pid, rss);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const sum = (pid: number): number =>
    (rssKib.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return (pid) => (rssKib.has(pid) ? sum(pid) * KIB : undefined);
}
