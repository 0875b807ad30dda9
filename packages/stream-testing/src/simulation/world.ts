import { createMixpanel, type Vendor } from '@fineprint/contract-servers';
import type { DeadLetter } from '@fineprint/schemas';
import {
  createRecordDecoder,
  createRecordEncoder,
  type RecordEncoder,
  type Running,
  StreamError,
  WIRE_HEADER_BYTES,
} from '@fineprint/stream-runtime';
import { inputTopics, nodes, type RecordOf, type TopicName, topics } from '@fineprint/topology';
import { createMemoryRegistry, type MemoryRegistry } from '../memory-registry.ts';
import { compiledDefinitions } from './definitions.ts';
import { type Plan, REMOTES, type RemoteName, SIMULATED, type SimulatedNode } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import { createRemote, type Remote } from './remote.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { NO_SEAMS, type Seams } from './seams.ts';
import { startService } from './services.ts';
import { SESSION_TIMEOUT_MS } from './session.ts';
import { createClickHouse, type SimClickHouse } from './sim-clickhouse.ts';
import { createConsents, type SimConsent } from './sim-consent.ts';
import { DESTINATION_KEY } from './sim-destination.ts';
import { createGroup, type Place, type SimGroup } from './sim-group.ts';
import { createSimLog, type SimLog } from './sim-log.ts';
import { createPeople, type SimPeople } from './sim-people.ts';
import { createPostgres, type SimPostgres } from './sim-postgres.ts';
import { createProcess, EPOCH_MS, type SimProcess } from './sim-process.ts';
import { createRedis, type SimRedis } from './sim-redis.ts';
import { createSnowflake, type SimSnowflake } from './sim-snowflake.ts';
import { createDisk, type SimDisk } from './sim-spool.ts';
import { createSubjects, type SimSubjects } from './sim-subjects.ts';

/** One instance of a service: a process runs in it, or is about to. */
export interface Slot {
  readonly node: SimulatedNode;
  readonly number: number;
  /** Whether somebody restarts what dies here. */
  wanted: boolean;
  process: SimProcess | null;
  running: Running | null;
}

/** Everything that is simulated. */
export interface World {
  readonly plan: Plan;
  readonly seams: Seams;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly remotes: Readonly<Record<RemoteName, Remote>>;
  readonly log: SimLog;
  readonly groups: Readonly<Record<SimulatedNode, SimGroup>>;
  readonly redis: SimRedis;
  readonly clickhouse: SimClickHouse;
  readonly people: SimPeople;
  readonly consents: SimConsent;
  readonly subjects: SimSubjects;
  /** The product document's tables. */
  readonly postgres: SimPostgres;
  readonly snowflake: SimSnowflake;
  readonly disk: SimDisk;
  /** What product events are forwarded to. */
  readonly vendor: Vendor;
  readonly registry: MemoryRegistry;
  readonly encoder: RecordEncoder;
  /** A record as it lies in a topic, for the oracle. */
  decode<T extends TopicName>(topic: T, value: Buffer | null): RecordOf<T>;
  deadLetters(topic: DeadLetterTopic): readonly DeadLetter[];
  /** Topics that hold no personal data. */
  readonly cleanTopics: readonly TopicName[];
  readonly slots: Slot[];
  /** Errors that ended a process by itself: no service should have any. */
  readonly crashes: string[];
  /** What was found wrong while it ran. */
  readonly violations: string[];
}

/** Schemas and their encoder are the same in every run. */
const registry = createMemoryRegistry();
const encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);

export { encoder as simEncoder, registry as simRegistry };

type DeadLetterTopic = Extract<TopicName, `dead-letter.${string}`>;
const decoder = createRecordDecoder(registry, () => EPOCH_MS);
await decoder.prepare(
  await Promise.all(
    (Object.keys(topics) as TopicName[]).map(async (topic) => frameOf(await registry.register(topic))),
  ),
);

/** An empty value of a schema: enough for the decoder to learn it. */
function frameOf(schemaId: number): Buffer {
  const frame = Buffer.alloc(WIRE_HEADER_BYTES);
  frame.writeInt32BE(schemaId, 1);
  return frame;
}

function decode<T extends TopicName>(topic: T, value: Buffer | null): RecordOf<T> {
  const decoded = decoder.decode(topic, value);
  if (!decoded.ok) throw new Error(`${topic} holds a record that does not decode: ${decoded.code}`);
  return decoded.record;
}

const cleanTopics = (Object.keys(topics) as TopicName[]).filter((t) => topics[t].classification === 'clean');

/** How long a caller waits, and how much later than that a request may still arrive. */
const PATIENCE: Readonly<Record<RemoteName, { timeoutMs: number; lateMs: readonly [number, number] }>> = {
  broker: { timeoutMs: 45_000, lateMs: [500, 5_000] },
  redis: { timeoutMs: 5_000, lateMs: [5_000, 7_000] },
  clickhouse: { timeoutMs: 30_000, lateMs: [10_000, 40_000] },
  postgres: { timeoutMs: 20_000, lateMs: [10_000, 30_000] },
  registry: { timeoutMs: 5_000, lateMs: [1_000, 6_000] },
  disk: { timeoutMs: 60_000, lateMs: [1_000, 5_000] },
  http: { timeoutMs: 10_000, lateMs: [2_000, 12_000] },
  definitions: { timeoutMs: 5_000, lateMs: [1_000, 6_000] },
  destination: { timeoutMs: 10_000, lateMs: [5_000, 20_000] },
  snowflake: { timeoutMs: 30_000, lateMs: [10_000, 40_000] },
};

export interface WorldOptions {
  readonly plan: Plan;
  readonly seams?: Seams;
  readonly onTrace?: (line: string) => void;
  readonly onCommit?: (world: World, node: SimulatedNode, place: Place, offset: number) => void;
}

export function createWorld(options: WorldOptions): World {
  const { plan } = options;
  const random = createRandom(plan.seed).fork('world');
  const scheduler = createScheduler(options.onTrace);
  const remote = (name: RemoteName) =>
    createRemote(
      { name, ...PATIENCE[name], failure: (what) => new Error(what) },
      scheduler,
      random.fork(name),
    );
  const remotes = Object.fromEntries(REMOTES.map((name) => [name, remote(name)])) as World['remotes'];
  const nowMs = () => EPOCH_MS + Math.floor(scheduler.nowMs());
  const groupOf = (node: SimulatedNode) =>
    createGroup({
      name: node,
      places: inputTopics(nodes[node]).flatMap((topic) =>
        Array.from({ length: plan.partitions }, (_, partition) => ({ topic, partition })),
      ),
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: SESSION_TIMEOUT_MS,
      scheduler,
      random: random.fork(`group ${node}`),
      onCommit: (_group, place, offset) => options.onCommit?.(world, node, place, offset),
    });
  const world: World = {
    plan,
    seams: options.seams ?? NO_SEAMS,
    scheduler,
    random,
    remotes,
    log: createSimLog(plan.partitions, scheduler.nowMs),
    groups: Object.fromEntries(SIMULATED.map((node) => [node, groupOf(node)])) as World['groups'],
    redis: createRedis(remotes.redis, scheduler),
    clickhouse: createClickHouse(remotes.clickhouse),
    consents: createConsents(remotes.postgres),
    subjects: createSubjects(remotes.postgres, nowMs),
    people: createPeople(remotes.postgres, compiledDefinitions, nowMs),
    postgres: createPostgres(remotes.postgres),
    snowflake: createSnowflake(remotes.snowflake, scheduler, random.fork('snowflake files')),
    disk: createDisk(remotes.disk),
    vendor: createMixpanel({ token: DESTINATION_KEY, nowMs }),
    registry,
    encoder,
    decode,
    deadLetters: (topic) =>
      world.log.all(topic).flatMap(({ records }) => records.map((r) => decode(topic, r.value) as DeadLetter)),
    cleanTopics,
    slots: SIMULATED.flatMap((node) =>
      Array.from({ length: 3 }, (_, number) => ({
        node,
        number,
        wanted: number < plan.instances[node],
        process: null,
        running: null,
      })),
    ),
    crashes: [],
    violations: [],
  };
  return world;
}

/** Starts a process in a slot. Should it give up by itself, another one takes its place. */
export function startSlot(world: World, slot: Slot): void {
  const { scheduler } = world;
  const process = createProcess(
    `${slot.node}#${slot.number}`,
    scheduler,
    world.random.fork(`${slot.node} ${slot.number} ${scheduler.steps}`),
  );
  slot.process = process;
  startService(slot.node, process, world).then(
    (running) => {
      slot.running = running;
      void running.failed.then((error) => {
        if (!process.alive) return;
        world.crashes.push(`${process.name}: ${describe(error)}`);
        kill(world, slot);
      });
    },
    (error: unknown) => world.crashes.push(`${process.name} did not start: ${describe(error)}`),
  );
}

/** What it held is gone; what it had asked for may still happen; after a while another process starts. */
export function kill(world: World, slot: Slot): void {
  const { process } = slot;
  if (process === null || !process.alive) return;
  process.alive = false;
  slot.process = null;
  slot.running = null;
  world.scheduler.note(`${process.name} is killed`);
  world.scheduler.loseRequests(process, () => world.random.chance(0.5));
  restartLater(world, slot);
}

export function restartLater(world: World, slot: Slot): void {
  world.scheduler.schedule(world.random.between(50, 8_000), `start ${slot.node}#${slot.number}`, () => {
    if (slot.wanted && slot.process === null) startSlot(world, slot);
  });
}

const describe = (error: unknown): string =>
  error instanceof StreamError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
