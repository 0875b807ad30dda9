import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from './fleet/fleet.ts';
import { readProcesses, treeOf } from './fleet/process-tree.ts';
import { type MemorySample, memorySlope } from './memory-slope.ts';

export interface MemoryReport {
  readonly maxBytes: number;
  /** Percent per minute; null where the run was too short, or the process too young. */
  readonly slopePercent: number | null;
}

export interface MemoryWatch {
  /** By service, over its instances. */
  report(): Record<string, MemoryReport>;
  stop(): Promise<void>;
}

const SAMPLE_MS = 2_000;
/** A new process grows until it has seen its work. */
const YOUNG_MS = 30_000;

export function watchMemory(fleet: Fleet, nowMs: () => number): MemoryWatch {
  const highest = new Map<string, number>();
  const lives = new Map<number, { service: string; bornMs: number; samples: MemorySample[] }>();
  let watching = true;
  const look = async () => {
    const processes = await readProcesses();
    for (const service of fleet.services)
      for (const instance of fleet.instances(service)) {
        const pid = instance.pid();
        if (pid === undefined) continue;
        const bytes = treeOf(pid, processes).reduce((sum, p) => sum + p.rssBytes, 0);
        highest.set(service, Math.max(highest.get(service) ?? 0, bytes));
        const life = lives.get(pid) ?? { service, bornMs: nowMs(), samples: [] };
        lives.set(pid, life);
        if (nowMs() - life.bornMs > YOUNG_MS) life.samples.push({ atMs: nowMs(), bytes });
      }
  };
  const running = (async () => {
    while (watching) {
      await look();
      await sleep(SAMPLE_MS);
    }
  })();
  running.catch(() => undefined); // told by `stop`
  return {
    report: () =>
      Object.fromEntries(
        [...highest].map(([service, maxBytes]) => {
          const slopes = [...lives.values()]
            .filter((life) => life.service === service)
            .flatMap((life) => memorySlope(life.samples) ?? []);
          return [service, { maxBytes, slopePercent: slopes.length === 0 ? null : Math.max(...slopes) }];
        }),
      ),
    async stop() {
      watching = false;
      await running;
    },
  };
}
