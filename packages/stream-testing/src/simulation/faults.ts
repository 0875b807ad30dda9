import type { SimGateway } from './gateway.ts';
import { type FaultKind, REMOTES } from './plan.ts';
import type { Random } from './random.ts';
import { FAIR, type Remote, type Weather } from './remote.ts';
import { kill, restartLater, type Slot, startSlot, type World } from './world.ts';

/** What struck, by kind. */
export type FaultCounts = Record<FaultKind | 'kill-at-effect', number>;

export interface Faults {
  readonly counts: Partial<FaultCounts>;
  /** Everything that is away comes back, and nothing more goes wrong. */
  heal(): void;
}

/** Long enough that a session of 10 s expires, and short enough that it need not. */
const FREEZE_MS = [200, 30_000] as const;
const AWAY_MS = [200, 15_000] as const;
/** Calls that change something outside: around them a crash matters. */
const CHANGES = /^(produce|insert|transaction|pipeline|eval|set|load)| commit /;
const STORM: Weather = { slow: 0.2, lostRequest: 0.1, lostReply: 0.15, late: 0.1, error: 0.1 };

/** Strikes at random moments until it is told to heal. */
export function startFaults(world: World, gateway: SimGateway): Faults {
  const { plan, scheduler, remotes } = world;
  const random = world.random.fork('faults');
  const counts: Partial<FaultCounts> = {};
  let healed = false;

  const count = (kind: keyof FaultCounts) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  const targets = (): Slot[] => world.slots.filter((slot) => slot.process !== null);
  const later = (range: readonly [number, number], label: string, undo: () => void) =>
    scheduler.schedule(random.between(...range), label, () => {
      if (!healed) undo();
    });

  const strike: Readonly<Record<FaultKind, () => void>> = {
    kill() {
      if (random.chance(0.15)) return gateway.kill();
      const slots = targets();
      if (slots.length > 0) kill(world, random.pick(slots));
    },
    freeze: () => freezeOne(world, random, later),
    stop() {
      const slots = targets();
      if (slots.length > 0) stopGracefully(world, random.pick(slots), random);
    },
    scale() {
      const slot = random.pick(world.slots.filter((s) => s.number > 0));
      slot.wanted = !slot.wanted;
      if (slot.wanted && slot.process === null) startSlot(world, slot);
      else if (!slot.wanted) stopGracefully(world, slot, random);
    },
    rebalance: () => random.pick(Object.values(world.groups)).disturb(),
    'clock-jump'() {
      const slots = targets();
      if (slots.length > 0)
        random.pick(slots).process?.jumpClock(Math.floor(random.between(-3_600_000, 3_600_000)));
    },
    'remote-freeze'() {
      const remote = remotes[random.pick(REMOTES)];
      remote.frozen = true;
      later(AWAY_MS, `${remote.name} goes on`, () => scheduler.thaw(remote));
    },
    'remote-away'() {
      const remote = remotes[random.pick(REMOTES)];
      remote.up = false;
      later(AWAY_MS, `${remote.name} is back`, () => {
        remote.up = true;
      });
    },
    storm() {
      const remote = remotes[random.pick(REMOTES)];
      remote.weather = STORM;
      later([500, 15_000], `${remote.name}: the storm is over`, () => {
        remote.weather = plan.weather;
      });
    },
    'redis-flush': () => world.redis.flush(),
    'redis-restart': () => world.redis.restart(),
    // More than the sink has names for one position would be another kind of store.
    'lose-rows'() {
      if ((counts['lose-rows'] ?? 0) <= 2) world.clickhouse.loseNextRows();
    },
  };

  const next = () => {
    scheduler.schedule(random.between(0, 2 * plan.faultEveryMs), 'fault', () => {
      if (healed) return;
      const kind = random.pick(plan.faults);
      scheduler.note(`fault: ${kind}`);
      count(kind);
      strike[kind]();
      next();
    });
  };
  next();
  for (const remote of Object.values(remotes)) {
    remote.weather = plan.weather;
    remote.onEffect = (caller, label) => {
      if (healed || !CHANGES.test(label) || !random.chance(plan.killAtEffect)) return;
      const slot = world.slots.find((s) => s.process === caller);
      if (slot === undefined) return;
      count('kill-at-effect');
      kill(world, slot);
    };
  }

  return {
    counts,
    heal() {
      healed = true;
      for (const remote of Object.values(remotes)) {
        remote.up = true;
        remote.weather = FAIR;
        thawRemote(world, remote);
      }
      for (const slot of world.slots) {
        if (slot.number === 0) slot.wanted = true;
        if (slot.process?.frozen === true) scheduler.thaw(slot.process);
        if (slot.process === null && slot.wanted) restartLater(world, slot);
      }
    },
  };
}

function thawRemote(world: World, remote: Remote): void {
  if (remote.frozen) world.scheduler.thaw(remote);
}

function freezeOne(
  world: World,
  random: Random,
  later: (range: readonly [number, number], label: string, undo: () => void) => void,
): void {
  const slots = world.slots.filter((slot) => slot.process !== null);
  if (slots.length === 0) return;
  const { process } = random.pick(slots);
  if (process === null || process.frozen) return;
  process.frozen = true;
  later(FREEZE_MS, `${process.name} wakes up`, () => world.scheduler.thaw(process));
}

/** SIGTERM, and SIGKILL where that takes too long. */
function stopGracefully(world: World, slot: Slot, random: Random): void {
  const { process, running } = slot;
  if (process === null || running === null) return;
  const end = () => {
    if (slot.process === process) kill(world, slot);
  };
  world.scheduler.schedule(random.between(5_000, 20_000), `${process.name} must end`, end);
  void running.stop().then(end);
}
