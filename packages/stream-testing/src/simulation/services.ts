import { createAggregatorStage } from '@fineprint/ai-aggregator/stage';
import { createBackoff, destinationRecords, EVERYTHING } from '@fineprint/destinations';
import { createFunnelStage } from '@fineprint/funnel-builder/stage';
import { createPersonStage } from '@fineprint/person-builder/stage';
import { createScrubber, defaultPolicy } from '@fineprint/pii';
import { DELIVERY_TIMEOUT_MS, isCaughtUp, SETTLE_MS } from '@fineprint/pii-scrubber/caught-up';
import { createConsentIndex, createConsentStep, createReadBack } from '@fineprint/pii-scrubber/consent';
import { createRedisDedupIndex } from '@fineprint/pii-scrubber/dedup';
import { readCleanFrom } from '@fineprint/pii-scrubber/read-clean';
import { rememberIds } from '@fineprint/pii-scrubber/remember-ids';
import { createScrubberStage } from '@fineprint/pii-scrubber/stage';
import { createPostgresSink } from '@fineprint/postgres-loader/postgres-sink';
import { PriceBook } from '@fineprint/pricing';
import { deliver } from '@fineprint/sink-forwarder/deliver';
import { createGate } from '@fineprint/sink-forwarder/gate';
import { createForwarderStage } from '@fineprint/sink-forwarder/stage';
import { createExclusiveSessions } from '@fineprint/snowflake/exclusive-sessions';
import { createSnowflakeSink } from '@fineprint/snowflake-loader/snowflake-sink';
import {
  createGroupConsumer,
  createRecordDecoder,
  createWriter,
  type Running,
  runEffects,
  runSink,
  runSnapshots,
  runStage,
  type StageDependencies,
  StreamError,
  type StreamObserver,
} from '@fineprint/stream-runtime';
import { nodes } from '@fineprint/topology';
import { createClickHouseSink } from '@fineprint/warehouse-loader/clickhouse-sink';
import { watchedDefinitions } from './definitions.ts';
import { watchStale } from './oracle-stale.ts';
import type { SimulatedNode } from './plan.ts';
import { SESSION_TIMEOUT_MS } from './session.ts';
import { createClient } from './sim-consumer.ts';
import { connectDestination, DESTINATION_KEY } from './sim-destination.ts';
import { createLoadFiles } from './sim-load-files.ts';
import type { SimProcess } from './sim-process.ts';
import { createAdmin, createReader } from './sim-reader.ts';
import { connectRegistry } from './sim-registry.ts';
import { createProducer } from './sim-writer.ts';
import { openSimSession } from './snowflake-session.ts';
import type { World } from './world.ts';

const HEARTBEAT_MS = SESSION_TIMEOUT_MS / 5;
/** Small, so that a partition is paused now and then. */
const QUEUED_BYTES = 3_000;
/** Small, so that one flush takes several requests, and a crash may leave it half written. */
const MAX_REQUEST_BYTES = 400;
const COMMIT_INTERVAL_MS = 500;
const FLUSH_INTERVAL_MS = 1_000;
/** Between two looks at a destination that is away. */
const MAX_WAIT_MS = 10_000;
const TIME_BOUNDS = { maxAgeMs: 3_650 * 86_400_000, maxFutureMs: 86_400_000 };
const DEDUP_WINDOW_MS = 168 * 3_600_000;

/** Stateless; making one anew would cost more than a run. */
const scrubber = rememberIds(createScrubber(defaultPolicy, { pseudonymKey: 'a key for the simulator' }));
const nothing = () => undefined;
const OBSERVER: StreamObserver = {
  assigned: nothing,
  revoked: nothing,
  fetched: nothing,
  processed: nothing,
  retrying: nothing,
  commitFailed: nothing,
};

type Parts = StageDependencies &
  Pick<ReturnType<typeof createReader>, 'readRange'> & {
    readonly process: SimProcess;
    readonly snapshotReader: ReturnType<typeof createReader>;
    readonly registry: ReturnType<typeof connectRegistry>;
  };

/** Starts a service as its main.ts does, on simulated ports. */
export async function startService(node: SimulatedNode, process: SimProcess, world: World): Promise<Running> {
  const { remotes, log, seams } = world;
  const parts = { process, broker: remotes.broker, log };
  let lastHeardMs = 0;
  const heardAtMs = () => lastHeardMs;
  const onHeard = () => {
    lastHeardMs = process.monotonicMs();
  };
  const group = world.groups[node];
  const client = createClient({ ...parts, group, maxFetch: world.plan.maxFetch, onHeard }, HEARTBEAT_MS);
  const consumer = createGroupConsumer(client, {
    groupId: nodes[node].group,
    topics: [],
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    monotonicMs: () => process.monotonicMs(),
  });
  const writer = await createWriter(() => createProducer(parts), {
    clock: process.clock,
    maxRequestBytes: MAX_REQUEST_BYTES,
    ...(node === 'pii-scrubber' ? { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS } : {}),
  });
  const registry = connectRegistry(process, remotes.registry, world.registry);
  const reader = createReader(parts);
  return START[node](
    {
      process,
      consumer: seams.consumer(consumer, node, process),
      writer: seams.writer(watchStale(writer, { node, process, world, heardAtMs }), node, process),
      decoder: createRecordDecoder(registry, () => process.clock.nowMs()),
      encoder: world.encoder,
      clock: process.clock,
      instance: `${process.name}.${process.random.below(1e9)}`,
      observer: OBSERVER,
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: COMMIT_INTERVAL_MS,
      snapshotReader: { ...reader, ...seams.snapshotReader(reader) },
      readRange: reader.readRange,
      registry,
    },
    world,
  );
}

/** Small, so that every run has many writes. */
const SINK_LIMITS = { maxRows: 12, maxBytes: 1 << 20, maxAgeMs: 1_000, lingerMs: 100 };

/** Few and large files, all at the same moments, as its main.ts has it. */
const SLOT_MS = 5_000;
const SLOT_LIMITS = { ...SINK_LIMITS, maxAgeMs: SLOT_MS, lingerMs: SLOT_MS, slotMs: SLOT_MS };

const unavailable = (cause: unknown) => new StreamError('unavailable', 'away', { cause, retriable: true });

function consentStep(parts: Parts, world: World) {
  const { process, clock, decoder, snapshotReader: reader } = parts;
  const store = world.consents.connect(process);
  const rules = { scrubber, timeBounds: TIME_BOUNDS };
  const ends = () =>
    createAdmin(parts, world)
      .watermarks('consent.updates')
      .catch((error: unknown) => Promise.reject(unavailable(error)));
  const readBack = createReadBack({ ...rules, reader, decoder, store });
  const index = createConsentIndex({
    ...{ store, readBack, clock, maxSubjects: 4, ends: world.seams.consentEnds(ends) },
  });
  return createConsentStep({ ...rules, index, store, law: world.plan.law });
}

const START: Readonly<Record<SimulatedNode, (parts: Parts, world: World) => Promise<Running>>> = {
  'pii-scrubber': (parts, world) => {
    const { process } = parts;
    const index = createRedisDedupIndex({
      redis: world.redis.connect(process),
      readClean: readCleanFrom(parts),
      clock: process.clock,
      windowMs: DEDUP_WINDOW_MS,
      settleMs: SETTLE_MS,
      isCaughtUp: () => isCaughtUp(createAdmin(parts, world)),
      onRebuild: nothing,
      newToken: () => `${process.name}.${process.random.below(1e9)}`,
    });
    const stage = createScrubberStage({
      index: world.seams.dedup(index),
      scrubber,
      timeBounds: TIME_BOUNDS,
      consent: world.seams.consent(consentStep(parts, world)),
      ...(world.plan.anonymize ? { subjects: world.seams.subjects(world.subjects.connect(process)) } : {}),
      onFindings: nothing,
    });
    return runStage(stage, parts);
  },
  'ai-aggregator': (parts, { remotes }) => {
    const book = new PriceBook([]);
    const stage = createAggregatorStage({
      priceBook: () =>
        parts.process
          .call(remotes.definitions, 'prices', () => book)
          .catch((error: unknown) => Promise.reject(unavailable(error))),
      onUnpriced: nothing,
      onOverflow: nothing,
      onWindows: nothing,
    });
    return runSnapshots(stage, { ...parts, flushIntervalMs: FLUSH_INTERVAL_MS });
  },
  'funnel-builder': (parts, { remotes }) => {
    let known: typeof watchedDefinitions | null = null;
    const stage = createFunnelStage({
      definitions: {
        current: () => known,
        refresh: () =>
          parts.process.call(remotes.definitions, 'definitions', () => {
            known = watchedDefinitions;
          }),
      },
      limitBytes: 1e8,
      nowMs: () => parts.clock.nowMs(),
      onRefused: nothing,
      onState: nothing,
      onHistory: nothing,
    });
    return runSnapshots(stage, { ...parts, flushIntervalMs: FLUSH_INTERVAL_MS, prepareIntervalMs: 5_000 });
  },
  'person-builder': (parts, world) =>
    runEffects(createPersonStage(world.people.connect(parts.process), nothing), { ...parts, maxRecords: 8 }),
  'forwarder-mixpanel': (parts, { vendor, remotes, seams }) => {
    const { process, clock } = parts;
    const destination = destinationRecords.mixpanel;
    const backoff = createBackoff(() => process.random.next(), MAX_WAIT_MS);
    const ports = { destination, clock, backoff, gate: createGate(clock, backoff), onAnswer: nothing };
    const client = seams.destination(connectDestination(vendor, remotes.destination, process));
    const stage = createForwarderStage({
      target: { destination, selection: EVERYTHING },
      clock,
      deliver: (events, attempt) =>
        deliver(events, { ...ports, client, key: () => DESTINATION_KEY }, attempt),
    });
    return runEffects(stage, { ...parts, maxRecords: 8 });
  },
  'warehouse-loader': (parts, world) => {
    // The client has far more; the sink calls these two.
    const client = world.seams.clickhouse(world.clickhouse.connect(parts.process)) as unknown as Parameters<
      typeof createClickHouseSink
    >[0];
    return runSink(world.seams.sink(createClickHouseSink(client, parts.registry, parts.clock)), {
      ...parts,
      limits: { ...SINK_LIMITS, maxAgeBehindMs: 4 * SINK_LIMITS.maxAgeMs },
      maxWrites: 2,
    });
  },
  'postgres-loader': (parts, { seams, postgres }) => {
    const store = seams.loadStore(postgres.connect(parts.process));
    return runSink(createPostgresSink(store, parts.decoder), { ...parts, limits: SINK_LIMITS });
  },
  'snowflake-loader': (parts, { seams, snowflake, remotes }) => {
    const { process, decoder, clock } = parts;
    const { writeFile, linesOf } = createLoadFiles();
    const connection = { snowflake, remote: remotes.snowflake, process, linesOf };
    const sessions = createExclusiveSessions(async () => seams.loadSession(await openSimSession(connection)));
    const random = () => process.random.next();
    const sink = createSnowflakeSink({ sessions, decoder, clock, random, writeFile });
    return runSink(sink, { ...parts, limits: SLOT_LIMITS });
  },
};
