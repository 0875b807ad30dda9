import { saveDefinition } from '@fineprint/definitions';
import type { SnowflakeSettings } from '@fineprint/snowflake';
import type { Stack } from '@fineprint/stack';
import { Client } from 'pg';
import { type DestinationServer, startDestination } from './destination/destination-server.ts';
import { pointAt } from './destination/point-at.ts';
import { createEngine } from './engine.ts';
import { createFleet, type Environment, type Fleet, type ServiceDefinition } from './fleet/fleet.ts';
import { createParts, type Parts } from './fleet/parts.ts';
import { gapOf, watchedUntil } from './gaps.ts';
import { auditBooks } from './judge/audit-books.ts';
import { judge, type Verdict } from './judge/judge.ts';
import { readFacts } from './judge/read-facts.ts';
import { funnelDefinition } from './judge/read-stores.ts';
import type { Lab } from './lab.ts';
import { createBook } from './load/book.ts';
import { type Load, startLoad } from './load/load.ts';
import { createRandom } from './random.ts';
import { type ChaosReport, toReport } from './report/report.ts';
import { type ChaosProgress, showProgress } from './show-progress.ts';
import { connectTarget, type Target, type TargetKeys } from './target.ts';
import { waitForQuiet } from './wait-for-quiet.ts';
import { watchMemory } from './watch-memory.ts';
import { watchProgress } from './watch-progress.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly labs: readonly Lab[];
  /** Load with faults, warming up included. */
  readonly durationMs: number;
  /** Each lab once, in the order given, however long that takes. */
  readonly once?: boolean;
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
  readonly beforeJudging?: (target: Target, judgeNow: () => Promise<Verdict>) => Promise<void>;
}

/** An empty running stack of its own, which nobody else uses. */
export interface ChaosHost {
  readonly stack: Stack;
  readonly keys: TargetKeys;
  /** Those that the settings ask for. */
  readonly services: (env: Environment) => readonly ServiceDefinition[];
  /** What the services' settings are taken from. */
  readonly env: Environment;
  /** What the snowflake-loader among the services fills. */
  readonly snowflake?: SnowflakeSettings | undefined;
  /** The folder of an older version, installed: services start from it, for a lab that replaces them. */
  readonly older?: string | undefined;
}

const LAST_ANSWERS_MS = 60_000;

/** Load, faults, mending, rest, judgement. Services that it started are stopped when it returns or throws. */
export async function runChaos(host: ChaosHost, options: ChaosOptions): Promise<ChaosReport> {
  await defineFunnel(host.stack);
  const destination = await startDestination();
  try {
    return await runWith(destination, host, options);
  } finally {
    await destination.close();
  }
}

async function runWith(
  destination: DestinationServer,
  host: ChaosHost,
  options: ChaosOptions,
): Promise<ChaosReport> {
  const services = pointAt(destination, host.services({ ...host.env, ...destination.settings }));
  const fleet = createFleet(host.stack, services, host.env, host.older);
  const parts = createParts(host.stack);
  await parts.pids();
  try {
    await Promise.all(fleet.services.map((service) => fleet.scale(service, 1)));
    await fleet.mend();
    const target = await connectTarget(host.stack, host.keys, host.snowflake);
    try {
      return await run({ target, fleet, parts, destination }, options);
    } finally {
      await target.close();
    }
  } finally {
    await Promise.all(parts.names.map((part) => parts.thaw(part).catch(() => undefined))); // it may be gone
    await fleet.stop();
  }
}

interface Running {
  readonly target: Target;
  readonly fleet: Fleet;
  readonly parts: Parts;
  readonly destination: DestinationServer;
}

async function run(
  { target, fleet, parts, destination }: Running,
  options: ChaosOptions,
): Promise<ChaosReport> {
  const { seed, rate, events } = options;
  const startedMs = performance.now();
  const nowMs = () => performance.now() - startedMs;
  const random = createRandom(seed);
  const book = createBook();
  const progress = watchProgress(target, nowMs);
  const memory = watchMemory(fleet, nowMs);
  const view = showProgress(options.onProgress, nowMs, { book, progress });
  const engine = createEngine(
    { target, fleet, parts, book, memory, destination, progress },
    {
      labs: options.labs,
      durationMs: options.durationMs,
      once: options.once ?? false,
      random: random.fork('labs'),
      nowMs,
      interrupted: options.interrupted,
      onDoing: view.doing,
    },
  );
  let load: Load | undefined;
  try {
    const { gatewayUrl } = engine;
    load = startLoad(target, book, random.fork('load'), { rate, gatewayUrl, ...(events ? { events } : {}) });
    view.phase('warming up');
    await Promise.race([load.done, engine.sleep(options.warmUpMs)]);
    view.phase('faults');
    await engine.runLabs(load.done);
    view.phase('mending');
    await engine.mend('the end');
    await load.stop(LAST_ANSWERS_MS);
    const durationMs = nowMs();
    view.phase('coming to rest');
    const quiet = await waitForQuiet(target, fleet, progress, options.restWithinMs);
    const judgeNow = async () => judge(await readFacts(target, book, destination));
    await options.beforeJudging?.(target, judgeNow);
    view.phase('judging');
    const verdict = await judgeNow();
    const ledger = await auditBooks(target.stack, target);
    const faults = engine.faults.map((fault) => {
      const watchedUntilMs = watchedUntil(engine.faults, fault);
      return { ...fault, gap: gapOf(progress.times, { ...fault, watchedUntilMs }) };
    });
    const labs = [...new Set(engine.ran)];
    const found = {
      checks: engine.checks,
      figures: engine.figures,
      crashes: fleet.crashes(),
      memory: memory.report(),
      ledger,
    };
    return toReport({ seed, labs, durationMs, book, verdict, quiet, faults, ...found });
  } finally {
    view.stop();
    await Promise.allSettled([load?.stop(0), progress.stop(), memory.stop()]);
  }
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
