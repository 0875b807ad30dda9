import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts a process' time in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1_024;

/** What a process and all below it have cost since they began. */
export interface TreeCost {
  /** All threads, user and system; children that have ended included. */
  readonly cpuSeconds: number;
  /** The most that was resident; of several processes what is now. */
  readonly memoryMiB: number;
  /** Now; of several processes what each has of its own, and what they share once. */
  readonly residentMiB: number;
}

/** Reads /proc. Postgres is a process per connection, the others are one. */
export function treeCost(root: number): TreeCost {
  const pids = treeOf(root, parentsNow());
  const cpuSeconds = pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  const status = pids.map((pid) => readOr(`/proc/${pid}/status`));
  const mib = (most: 'VmHWM' | 'VmRSS') => Math.round(memoryKiB(status, most) / KIB_PER_MIB);
  return { cpuSeconds, memoryMiB: mib('VmHWM'), residentMiB: mib('VmRSS') };
}

/** A process and all below it, by who is whose parent. */
export function treeOf(root: number, parents: ReadonlyMap<number, number>): number[] {
  const below = [...parents].filter(([, parent]) => parent === root).map(([pid]) => pid);
  return [root, ...below.flatMap((pid) => treeOf(pid, parents))];
}

function parentsNow(): Map<number, number> {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return new Map(pids.map((pid) => [Number(pid), Number(statOf(Number(pid))[1] ?? 0)]));
}

/** From the state on: what comes before is a name that may hold spaces. Empty where the process has ended. */
const statOf = (pid: number): string[] => readOr(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];

function cpuSecondsOf(pid: number): number {
  const fields = statOf(pid);
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0) / TICKS_PER_SECOND;
}

function memoryKiB(status: readonly string[], ofOne: 'VmHWM' | 'VmRSS'): number {
  const kib = (text: string, name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
  if (status.length === 1) return kib(status[0] ?? '', ofOne);
  const own = status.reduce((sum, text) => sum + kib(text, 'RssAnon'), 0);
  return own + Math.max(...status.map((text) => kib(text, 'RssShmem') + kib(text, 'RssFile')));
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return ''; // it has ended meanwhile
    throw error;
  }
}
