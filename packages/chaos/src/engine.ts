import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationServer } from './destination/destination-server.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Parts } from './fleet/parts.ts';
import type { Lab, LabContext } from './lab.ts';
import type { Book } from './load/book.ts';
import { type Planned, planLabs, planOnce } from './plan-labs.ts';
import type { Random } from './random.ts';
import type { Check, FaultRecord, Figures } from './report/report.ts';
import type { Target } from './target.ts';
import type { MemoryWatch } from './watch-memory.ts';
import type { ProgressWatch } from './watch-progress.ts';

export interface EngineOptions {
  readonly labs: readonly Lab[];
  readonly durationMs: number;
  /** Each lab once, in the order given, and then the end. */
  readonly once: boolean;
  readonly random: Random;
  readonly nowMs: () => number;
  readonly interrupted: AbortSignal | undefined;
  /** Told what is being done; empty when nothing is. */
  readonly onDoing: (what: string) => void;
}

export interface EngineTools {
  readonly target: Target;
  readonly fleet: Fleet;
  readonly parts: Parts;
  readonly book: Book;
  readonly memory: MemoryWatch;
  readonly destination: DestinationServer;
  readonly progress: ProgressWatch;
}

export interface Engine {
  readonly faults: readonly FaultRecord[];
  readonly checks: readonly Check[];
  /** By lab and name. */
  readonly figures: Figures;
  /** Names of labs, as often as they ran. */
  readonly ran: readonly string[];
  /** Where producers send to now. */
  gatewayUrl(): string;
  sleep(ms: number): Promise<void>;
  /** Labs one after another, until the time is over or the load has ended. */
  runLabs(loadEnded: Promise<void>): Promise<void>;
  /** Everything runs and is ready; what is not is told, and the judge has the last word. */
  mend(after: string): Promise<void>;
}

const PAUSE_MS = [1_000, 4_000] as const;

export function createEngine(tools: EngineTools, options: EngineOptions): Engine {
  const { fleet, parts } = tools;
  const { nowMs, interrupted, random, onDoing } = options;
  const faults: FaultRecord[] = [];
  const checks: Check[] = [];
  const figures: Record<string, Record<string, number>> = {};
  const ran: string[] = [];
  let gateway = fleet.one('ingest-gateway');
  const remainingMs = () => options.durationMs - nowMs();
  const pause = (ms: number) => sleep(ms, undefined, interrupted ? { signal: interrupted } : {});

  const contextOf = ({ lab, occurrence, random: own }: Planned): LabContext => ({
    ...tools,
    random: own,
    occurrence,
    remainingMs,
    sleep: pause,
    memory: () => tools.memory.report(),
    routeProducers: (to) => {
      gateway = to;
    },
    async fault(what, work) {
      onDoing(`${lab.name}: ${what}`);
      const startMs = nowMs();
      try {
        return await work();
      } finally {
        faults.push({ lab: lab.name, what, startMs, endMs: nowMs() });
        onDoing('');
      }
    },
    figure(name, value) {
      const own = figures[lab.name] ?? {};
      figures[lab.name] = { ...own, [name]: Math.max(value, own[name] ?? value) };
    },
    check: (what, holds, evidence = '') => void checks.push({ lab: lab.name, what, holds, evidence }),
  });

  const failing = (lab: string, what: string) => (error: unknown) => {
    interrupted?.throwIfAborted();
    checks.push({
      lab,
      what,
      holds: false,
      evidence: error instanceof Error ? error.message : String(error),
    });
  };
  const mend = (after: string) => mendAll(fleet, parts).catch(failing(after, 'everything is ready again'));

  return {
    faults,
    checks,
    figures,
    ran,
    gatewayUrl: () => gateway.url,
    sleep: pause,
    mend,
    async runLabs(loadEnded) {
      let loading = true;
      const ended = loadEnded.finally(() => {
        loading = false;
      });
      ended.catch(() => undefined); // thrown where the load is stopped
      const plan = options.once
        ? planOnce(options.labs, random)
        : planLabs(options.labs, random, (lab) => lab.takesMs <= remainingMs());
      for (const planned of plan) {
        if (!loading) return;
        const { lab } = planned;
        ran.push(lab.name);
        await lab.run(contextOf(planned)).catch(failing(lab.name, 'it ran to its end'));
        gateway = fleet.one('ingest-gateway');
        await mend(lab.name);
        await pause(Math.min(Math.max(0, remainingMs()), planned.random.between(...PAUSE_MS)));
      }
      if (options.once) return;
      await Promise.race([ended, pause(Math.max(0, remainingMs()))]);
    },
  };
}

async function mendAll(fleet: Fleet, parts: Parts): Promise<void> {
  for (const part of parts.names) await parts.thaw(part).catch(() => undefined); // it may be gone: started next
  await parts.start(...parts.names);
  await fleet.mend();
}
