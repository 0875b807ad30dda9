import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../pauses/instance.ts';
import { costOf, type ProcessCost } from './process-cost.ts';

const LOOK_MS = 250;
/** What comes before is the warm-up: code that is not compiled yet, first fetches. */
const WARM_SHARE = 0.25;

export interface Drained {
  /** Measured ones; the warm-up's are left out. */
  readonly records: number;
  readonly records_per_second: number;
  /** Per second of the process' own time, all threads: what one core would do. */
  readonly records_per_core: number;
  readonly cores_used: number;
  readonly resident_mib: number;
}

interface Point {
  readonly records: number;
  readonly atMs: number;
  readonly cost: ProcessCost;
}

/** How fast a service works off `total` records that wait for it. */
export async function drain(instance: Instance, total: number, deadlineMs = 300_000): Promise<Drained> {
  const look = async (): Promise<Point> => {
    const records = await instance.records();
    return { records, atMs: performance.now(), cost: costOf(instance.pid()) };
  };
  const untilMs = performance.now() + deadlineMs;
  let first: Point | null = null;
  for (;;) {
    const point = await look();
    if (first === null && point.records >= total * WARM_SHARE) first = point;
    if (first !== null && point.records >= total) return between(first, point);
    if (performance.now() > untilMs)
      throw new Error(`${point.records} of ${total} records within ${deadlineMs} ms`);
    await sleep(LOOK_MS);
  }
}

function between(first: Point, last: Point): Drained {
  const records = last.records - first.records;
  const seconds = (last.atMs - first.atMs) / 1_000;
  const cpuSeconds = last.cost.cpuSeconds - first.cost.cpuSeconds;
  return {
    records,
    records_per_second: Math.round(records / seconds),
    records_per_core: Math.round(records / cpuSeconds),
    cores_used: Math.round((cpuSeconds / seconds) * 100) / 100,
    resident_mib: last.cost.residentMiB,
  };
}
