import { setTimeout as sleep } from 'node:timers/promises';
import { saveDefinition } from '@fineprint/definitions';
import type { Stack } from '@fineprint/stack';
import { Client } from 'pg';
import { createFleet, type Fleet, type ServiceDefinition } from './fleet/fleet.ts';
import { createParts, type Parts } from './fleet/parts.ts';
import { gapOf, watchedUntil } from './gaps.ts';
import { judge } from './judge/judge.ts';
import { readFacts } from './judge/read-facts.ts';
import { funnelDefinition } from './judge/read-stores.ts';
import type { Lab, LabContext } from './lab.ts';
import { createBook } from './load/book.ts';
import { type Load, startLoad } from './load/load.ts';
import { type Planned, planLabs } from './plan-labs.ts';
import { createRandom, type Random } from './random.ts';
import { type ChaosReport, type Check, type FaultRecord, toReport } from './report/report.ts';
import { connectTarget, type Target, type TargetKeys } from './target.ts';
import { waitForQuiet } from './wait-for-quiet.ts';
import { watchMemory } from './watch-memory.ts';
import { type ProgressWatch, watchProgress } from './watch-progress.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly labs: readonly Lab[];
  /** Load with faults, warming up included. */
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** Events per second. */
  readonly rate: number;
  /** Ends the load earlier, after so many. */
  readonly events?: number;
  /** How long the pipeline has at the end to come to rest. */
  readonly restWithinMs: number;
  readonly onProgress: (progress: ChaosProgress) => void;
  readonly interrupted?: AbortSignal;
  /** For tests of the judge: after all has come to rest. */
  readonly beforeJudging?: (target: Target) => Promise<void>;
}

export interface ChaosProgress {
  readonly phase: 'starting' | 'warming up' | 'faults' | 'mending' | 'coming to rest' | 'judging';
  readonly elapsedMs: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** What is being done right now. */
  readonly doing: string;
}

/** An empty running stack of its own, which nobody else uses. */
export interface ChaosHost {
  readonly stack: Stack;
  readonly keys: TargetKeys;
  readonly services: readonly ServiceDefinition[];
}

const PROGRESS_MS = 500;
const PAUSE_MS = [1_000, 4_000] as const;
const LAST_ANSWERS_MS = 60_000;
const EVENT_TABLES = ['product_events', 'ai_requests', 'ai_feedback', 'consent_updates'];

/** Load, faults, mending, rest, judgement. Services that it started are stopped when it returns or throws. */
export async function runChaos(host: ChaosHost, options: ChaosOptions): Promise<ChaosReport> {
  await defineFunnel(host.stack);
  const fleet = createFleet(host.stack, host.services);
  const parts = createParts(host.stack);
  await parts.pids();
  try {
    await Promise.all(fleet.services.map((service) => fleet.scale(service, 1)));
    await fleet.mend();
    const target = await connectTarget(host.stack, host.keys);
    try {
      return await run({ target, fleet, parts, options });
    } finally {
      await target.close();
    }
  } finally {
    await Promise.all(parts.names.map((part) => parts.thaw(part).catch(() => undefined))); // it may be gone
    await fleet.stop();
  }
}

interface Run {
  readonly target: Target;
  readonly fleet: Fleet;
  readonly parts: Parts;
  readonly options: ChaosOptions;
}

async function run({ target, fleet, parts, options }: Run): Promise<ChaosReport> {
  const startedMs = performance.now();
  const nowMs = () => performance.now() - startedMs;
  const random = createRandom(options.seed);
  const book = createBook();
  const progress = watchProgress(target, nowMs);
  const memory = watchMemory(fleet, nowMs);
  const view = showProgress(options, { nowMs, book, progress });
  const engine = createEngine({ target, fleet, parts, options }, { nowMs, book, random, view });
  let load: Load | undefined;
  try {
    const { url } = fleet.one('ingest-gateway');
    const { rate, events } = options;
    load = startLoad(target, book, random.fork('load'), {
      rate,
      gatewayUrl: url,
      ...(events ? { events } : {}),
    });
    view.phase('warming up');
    await Promise.race([load.done, engine.sleep(options.warmUpMs)]);
    view.phase('faults');
    await engine.runLabs(load);
    view.phase('mending');
    await mend(fleet, parts);
    await load.stop(LAST_ANSWERS_MS);
    view.phase('coming to rest');
    const durationMs = nowMs();
    const quiet = await waitForQuiet(target, fleet, progress, options.restWithinMs);
    await options.beforeJudging?.(target);
    view.phase('judging');
    const verdict = judge(await readFacts(target, book));
    const faults = engine.faults.map((fault) => {
      const watchedUntilMs = watchedUntil(engine.faults, fault);
      return { ...fault, gap: gapOf(progress.times, { ...fault, watchedUntilMs }) };
    });
    return toReport({
      seed: options.seed,
      labs: [...new Set(engine.ran)],
      durationMs,
      book,
      verdict,
      quiet,
      faults,
      checks: engine.checks,
      crashes: fleet.crashes(),
      memory: memory.report(),
    });
  } finally {
    view.stop();
    await Promise.allSettled([load?.stop(0), progress.stop(), memory.stop()]);
  }
}

async function mend(fleet: Fleet, parts: Parts): Promise<void> {
  for (const part of parts.names) await parts.thaw(part).catch(() => undefined); // it may be gone: started next
  await parts.start(...parts.names);
  await fleet.mend();
}

interface EngineTools {
  readonly nowMs: () => number;
  readonly book: ReturnType<typeof createBook>;
  readonly random: Random;
  readonly view: ReturnType<typeof showProgress>;
}

/** Runs labs one after another until the time is over. */
function createEngine({ target, fleet, parts, options }: Run, { nowMs, book, random, view }: EngineTools) {
  const faults: FaultRecord[] = [];
  const checks: Check[] = [];
  const ran: string[] = [];
  const remainingMs = () => options.durationMs - nowMs();
  const pause = (ms: number) =>
    sleep(ms, undefined, options.interrupted ? { signal: options.interrupted } : {});

  const contextOf = ({ lab, occurrence, random: own }: Planned): LabContext => ({
    random: own,
    occurrence,
    remainingMs,
    sleep: pause,
    fleet,
    parts,
    target,
    book,
    async fault(what, work) {
      view.doing(`${lab.name}: ${what}`);
      const startMs = nowMs();
      try {
        return await work();
      } finally {
        faults.push({ lab: lab.name, what, startMs, endMs: nowMs() });
        view.doing('');
      }
    },
    check: (what, holds, evidence = '') => void checks.push({ lab: lab.name, what, holds, evidence }),
  });

  return {
    faults,
    checks,
    ran,
    sleep: pause,
    async runLabs(load: Load) {
      let loading = true;
      const ended = load.done.finally(() => (loading = false));
      ended.catch(() => undefined); // told by the race below
      const plan = planLabs(options.labs, random.fork('labs'), (lab) => lab.takesMs <= remainingMs());
      for (const planned of plan) {
        if (!loading) break;
        ran.push(planned.lab.name);
        const outcome = planned.lab.run(contextOf(planned));
        await outcome.catch((error: unknown) => {
          options.interrupted?.throwIfAborted();
          checks.push({
            lab: planned.lab.name,
            what: 'it ran to its end',
            holds: false,
            evidence: messageOf(error),
          });
        });
        await mend(fleet, parts);
        await pause(Math.min(Math.max(0, remainingMs()), planned.random.between(...PAUSE_MS)));
      }
      if (loading) await Promise.race([ended, pause(Math.max(0, remainingMs()))]);
    },
  };
}

function showProgress(
  { onProgress }: ChaosOptions,
  {
    nowMs,
    book,
    progress,
  }: { nowMs: () => number; book: ReturnType<typeof createBook>; progress: ProgressWatch },
) {
  let phase: ChaosProgress['phase'] = 'starting';
  let doing = '';
  const tell = () => {
    const stored = EVENT_TABLES.reduce((sum, t) => sum + (progress.stored.get(t) ?? 0), 0);
    const { events, acknowledgedIds } = book;
    onProgress({
      phase,
      elapsedMs: nowMs(),
      sent: events.size,
      acknowledged: acknowledgedIds.size,
      stored,
      doing,
    });
  };
  const timer = setInterval(tell, PROGRESS_MS);
  return {
    phase(next: ChaosProgress['phase']) {
      phase = next;
      tell();
    },
    doing(what: string) {
      doing = what;
      tell();
    },
    stop: () => clearInterval(timer),
  };
}

async function defineFunnel(stack: Stack): Promise<void> {
  const database = new Client({ connectionString: stack.endpoints.databaseUrl });
  await database.connect();
  try {
    const saved = await saveDefinition(database, 'funnel', funnelDefinition, 'chaos');
    if (!saved.ok) throw new Error(`the funnel of the run was refused: ${JSON.stringify(saved)}`);
  } finally {
    await database.end();
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
