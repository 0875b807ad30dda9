import { startFaults } from './faults.ts';
import { createGateway } from './gateway.ts';
import { createLoad } from './load.ts';
import { checkCommit } from './oracle-commits.ts';
import { checkDelivery } from './oracle-delivery.ts';
import { checkDestination } from './oracle-destination.ts';
import { checkLedger } from './oracle-ledger.ts';
import { waiting } from './oracle-liveness.ts';
import { checkPseudonyms } from './oracle-pseudonyms.ts';
import { checkSnowflake } from './oracle-snowflake.ts';
import { checkStores } from './oracle-stores.ts';
import { createPlan, type Plan } from './plan.ts';
import { startProducers } from './producers.ts';
import type { Seams } from './seams.ts';
import { createWorld, simEncoder, startSlot } from './world.ts';

/** How long after the last fault everything must have arrived, in simulated time. */
const LIVENESS_MS = 240_000;
/** How often it is looked whether everything has. */
const LOOK_MS = 500;
const MAX_PROBLEMS = 10;

export interface SeedResult {
  readonly seed: number;
  readonly ok: boolean;
  readonly problems: readonly string[];
  /** Of everything that happened, in its order: equal for equal seeds. */
  readonly traceHash: number;
  readonly steps: number;
  readonly simulatedMs: number;
  readonly events: number;
  /** Faults by kind, calls that met bad weather included. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface SeedOptions {
  readonly seams?: Seams;
  /** Changes what the seed decided, e.g. to strike harder. */
  readonly change?: Partial<Plan>;
  readonly onTrace?: (line: string) => void;
}

/** Runs one seed: faults and load, then a time without faults in which everything must arrive, then what holds at the end. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  const plan = { ...createPlan(seed), ...options.change };
  const world = createWorld({
    plan,
    onCommit: checkCommit,
    ...(options.seams === undefined ? {} : { seams: options.seams }),
    ...(options.onTrace === undefined ? {} : { onTrace: options.onTrace }),
  });
  const { scheduler } = world;
  scheduler.note(`seed ${seed}`);
  const load = createLoad(plan, simEncoder);
  const gateway = createGateway(world);
  gateway.start();
  for (const slot of world.slots) if (slot.wanted) startSlot(world, slot);
  const producers = startProducers(world, load, gateway);
  const faults = startFaults(world, gateway);
  const isBroken = () => world.violations.length > 0 || world.crashes.length > 0;

  const problems: string[] = [];
  try {
    await scheduler.runUntil(isBroken, plan.faultyMs);
    faults.heal();
    scheduler.note('no more faults');
    let left = ['not looked yet'];
    const endMs = plan.faultyMs + LIVENESS_MS;
    while (left.length > 0 && !isBroken() && scheduler.nowMs() < endMs) {
      await scheduler.runUntil(isBroken, Math.min(endMs, scheduler.nowMs() + LOOK_MS));
      left = waiting(world, producers);
    }
    problems.push(...world.crashes, ...world.violations);
    if (!isBroken()) {
      problems.push(...left.map((what) => `liveness: ${what}`));
      problems.push(...checkDelivery(world, producers.acknowledged));
      problems.push(...checkPseudonyms(world));
      if (left.length === 0)
        problems.push(
          ...checkStores(world),
          ...checkSnowflake(world),
          ...checkDestination(world),
          ...checkLedger(world),
        );
    }
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return {
    seed,
    ok: problems.length === 0,
    problems: problems.slice(0, MAX_PROBLEMS),
    traceHash: scheduler.traceHash,
    steps: scheduler.steps,
    simulatedMs: Math.round(scheduler.nowMs()),
    events: load.flat().length,
    faults: {
      ...faults.counts,
      weather: Object.values(world.remotes).reduce((sum, remote) => sum + remote.faults(), 0),
    },
  };
}
