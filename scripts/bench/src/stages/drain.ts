import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../pauses/instance.ts';
import { costOf, type ProcessCost } from './process-cost.ts';

const LOOK_MS = 250;
/** What comes before is the warm-up: code that is not compiled yet, first fetches. */
const WARM_SHARE = 0.25;
/** Where all are warm only when less is left, too little was waiting to tell anything. */
const LEAST_SHARE = 0.2;

export interface Drained {
  /** Measured ones; the warm-up's are left out. */
  readonly records: number;
  readonly records_per_second: number;
  /** Per second of the processes' own time, all threads: what one core would do. */
  readonly records_per_core: number;
  readonly cores_used: number;
  readonly resident_mib: number;
}

interface Point {
  readonly records: number;
  /** Of the process that has done the least. */
  readonly least: number;
  readonly atMs: number;
  readonly cost: ProcessCost;
}

/** How fast a service's processes together work off `total` records that wait for them. */
export async function drain(
  instances: readonly Pick<Instance, 'pid' | 'records'>[],
  total: number,
  deadlineMs = 300_000,
): Promise<Drained> {
  const look = async (): Promise<Point> => {
    const records = await Promise.all(instances.map((instance) => instance.records()));
    const costs = instances.map((instance) => costOf(instance.pid()));
    return {
      records: sum(records),
      least: Math.min(...records),
      atMs: performance.now(),
      cost: {
        cpuSeconds: sum(costs.map((cost) => cost.cpuSeconds)),
        residentMiB: sum(costs.map((cost) => cost.residentMiB)),
      },
    };
  };
  const untilMs = performance.now() + deadlineMs;
  let first: Point | null = null;
  for (;;) {
    const point = await look();
    const isWarm = point.least >= (total / instances.length) * WARM_SHARE;
    if (first === null && isWarm) first = point;
    if (point.records >= total) return between(warmPoint(first, total), point);
    if (performance.now() > untilMs)
      throw new Error(`${point.records} of ${total} records within ${deadlineMs} ms`);
    await sleep(LOOK_MS);
  }
}

function warmPoint(first: Point | null, total: number): Point {
  if (first !== null && first.records <= total * (1 - LEAST_SHARE)) return first;
  throw new Error(
    `${total} records were worked off before all processes were warm: let more wait (--events)`,
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

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
