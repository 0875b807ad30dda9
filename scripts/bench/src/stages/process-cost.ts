import { readFileSync } from 'node:fs';

/** Linux counts a process' time in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;

export interface ProcessCost {
  /** Of all its threads, user and system. */
  readonly cpuSeconds: number;
  readonly residentMiB: number;
}

/** What a process has cost since it began, by /proc. */
export function costOf(pid: number): ProcessCost {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentMiB: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024),
  };
}

/** How long a fixed piece of work takes now, in milliseconds: what else runs on the machine shows in it. */
export function yardstickMs(): number {
  const startedMs = performance.now();
  let x = 1;
  for (let i = 0; i < 20_000_000; i++) x = (x * 1_103_515_245 + 12_345) & 0x7fff_ffff;
  return x < 0 ? 0 : performance.now() - startedMs;
}
