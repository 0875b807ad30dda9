import type { ConsumerLike, KafkaLike } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import type { Remote } from './remote.ts';
import type { GroupError, Joined, Place, SimGroup } from './sim-group.ts';
import { placeKey } from './sim-group.ts';
import type { LoggedRecord, SimLog } from './sim-log.ts';
import type { SimProcess } from './sim-process.ts';

export interface ClientParts {
  readonly process: SimProcess;
  readonly broker: Remote;
  readonly log: SimLog;
  readonly group: SimGroup;
  /** Records of one fetch, at most. */
  readonly maxFetch: number;
  /** Told when the group has answered. */
  readonly onHeard: () => void;
}

const EVENTS = {
  REBALANCING: 'consumer.rebalancing',
  CRASH: 'consumer.crash',
  HEARTBEAT: 'consumer.heartbeat',
  GROUP_JOIN: 'consumer.group_join',
} as const;
const RETRY_MS = 300;

class ProtocolError extends Error {
  readonly type: GroupError;
  constructor(type: GroupError) {
    super(type);
    this.type = type;
  }
}

type EachBatch = NonNullable<NonNullable<Parameters<ConsumerLike['run']>[0]>['eachBatch']>;
interface Offsets {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
  }[];
}

type Listener = (event: { payload: unknown }) => void;

/** kafkajs' consumer as its readers see it, on the simulated broker: its rebalances, and what it does beside them. */
export function createClient(parts: ClientParts, heartbeatMs: number): KafkaLike {
  return {
    consumer: () => createConsumer(parts, heartbeatMs) as unknown as ConsumerLike,
    logger: () => ({ warn: () => undefined }),
    admin: () => ({
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      fetchOffsets: async ({ topics = [] }) =>
        parts.process.call(parts.broker, 'committed?', () =>
          topics.map((topic) => ({
            topic,
            partitions: Array.from({ length: parts.log.partitions }, (_, partition) => ({
              partition,
              offset: String(parts.group.committed({ topic: topic as TopicName, partition }) ?? -1),
              metadata: null,
            })),
          })),
        ),
    }),
  };
}

function createConsumer(
  { process, broker, log, group, maxFetch, onHeard }: ClientParts,
  heartbeatMs: number,
) {
  const listeners = new Map<string, Listener[]>();
  const paused = new Set<string>();
  const seeks = new Map<string, number>();
  const wakers = new Map<string, () => void>();
  let positions = new Map<string, number>();
  let member: Joined | null = null;
  /** Grows with each join, so that fetching for an earlier one ends. */
  let epoch = 0;
  let rejoining = false;
  let running = false;
  let eachBatch: EachBatch | undefined;

  const emit = (name: string, payload: unknown = {}) => {
    for (const listener of listeners.get(name) ?? []) listener({ payload });
  };
  const sleep = (ms: number) => new Promise<void>((resolve) => void process.clock.after(ms, resolve));

  const onGroupError = (type: GroupError) => {
    if (rejoining || !running) return;
    // The client tells of a rebalance; that the group no longer knows it, it keeps to itself until it has joined again.
    if (type !== 'UNKNOWN_MEMBER_ID') emit(EVENTS.REBALANCING);
    void join(type === 'UNKNOWN_MEMBER_ID' ? null : (member?.memberId ?? null));
  };

  const join = async (memberId: string | null) => {
    rejoining = true;
    epoch++;
    let id = memberId;
    while (running) {
      try {
        const joined = await process.call(broker, `${group.name} join`, () => group.join(id));
        if (!running) return;
        member = joined;
        rejoining = false;
        onJoined(joined);
        return;
      } catch {
        id = null;
        await sleep(RETRY_MS);
      }
    }
  };

  const onJoined = (joined: Joined) => {
    const mine = ++epoch;
    positions = new Map();
    seeks.clear();
    paused.clear();
    const memberAssignment: Record<string, number[]> = {};
    for (const { topic, partition } of joined.assignment) {
      const list = memberAssignment[topic] ?? [];
      memberAssignment[topic] = list;
      list.push(partition);
    }
    onHeard();
    emit(EVENTS.GROUP_JOIN, { memberId: joined.memberId, memberAssignment });
    void fetchAll(joined.assignment, mine);
    void beat(mine);
  };

  const heartbeat = async () => {
    const { memberId, generation } = member ?? { memberId: '', generation: -1 };
    const answer = await process.call(broker, `${group.name} heartbeat`, () =>
      group.heartbeat(memberId, generation),
    );
    if (member?.generation !== generation) return;
    if (answer === 'ok') {
      onHeard();
      return emit(EVENTS.HEARTBEAT);
    }
    onGroupError(answer);
    throw new ProtocolError(answer);
  };

  const beat = async (mine: number) => {
    while (running && epoch === mine) {
      await sleep(heartbeatMs);
      if (running && epoch === mine) await heartbeat().catch(() => undefined); // the next one tells again
    }
  };

  const fetchAll = async (places: readonly Place[], mine: number) => {
    let known: readonly (readonly [string, number])[] | null = null;
    while (known === null) {
      known = await process
        .call(broker, `${group.name} offsets`, () =>
          places.map((place) => [placeKey(place), group.committed(place) ?? 0] as const),
        )
        .catch(() => null); // asked again
      if (known === null) await sleep(RETRY_MS);
      if (epoch !== mine) return;
    }
    for (const [key, offset] of known) positions.set(key, offset);
    for (const place of places) void fetchOne(place, mine);
  };

  /** Resolves when the partition may be fetched. */
  const unpaused = (key: string) =>
    new Promise<void>((resolve) => {
      if (!paused.has(key)) resolve();
      else wakers.set(key, resolve);
    });

  /** Where the next fetch starts: where somebody sought, or behind the last batch. */
  const startOf = (key: string): number => {
    const sought = seeks.get(key);
    seeks.delete(key);
    if (sought !== undefined) positions.set(key, sought);
    return positions.get(key) ?? 0;
  };

  const fetchOne = async (place: Place, mine: number) => {
    const key = placeKey(place);
    while (running && epoch === mine) {
      await unpaused(key);
      if (epoch !== mine) return;
      const from = startOf(key);
      const fetched = await process
        .call(broker, `${group.name} fetch ${key}@${from}`, () => fetch(place, from))
        .catch(() => null);
      if (epoch !== mine || !running) return;
      if (fetched === null) await sleep(RETRY_MS);
      else if (!seeks.has(key) && !paused.has(key) && fetched.records.length > 0)
        await hand(place, fetched.records, fetched.highWatermark, mine);
    }
  };

  /** As the member that it is at the call; tried once. */
  const commit = async ({ topics }: Offsets) => {
    const { memberId, generation } = member ?? { memberId: '', generation: -1 };
    const all = topics.flatMap(({ topic, partitions }) =>
      partitions.map((p) => ({ ...p, topic: topic as TopicName })),
    );
    const what = all.map((o) => `${o.topic}/${o.partition}@${o.offset}`).join(',');
    const answer = await process.call(
      broker,
      `${group.name} commit ${what}`,
      () => {
        for (const { topic, partition, offset } of all) {
          const said = group.commit(memberId, generation, { topic, partition }, Number(offset));
          if (said !== 'ok') return said;
        }
        return 'ok' as const;
      },
      { canBeLate: false },
    );
    if (answer !== 'ok') throw new ProtocolError(answer);
  };

  /** Waits at the broker where there is nothing yet. */
  const fetch = async (place: Place, from: number) => {
    const end = () => log.read(place.topic, place.partition).length;
    if (from >= end())
      await new Promise<void>((resolve) => log.onAppend(place.topic, place.partition, resolve));
    const count = 1 + process.random.below(maxFetch);
    const records = log.read(place.topic, place.partition).slice(from, from + count);
    return { records, highWatermark: end() };
  };

  const hand = async (
    place: Place,
    records: readonly LoggedRecord[],
    highWatermark: number,
    mine: number,
  ): Promise<void> => {
    const key = placeKey(place);
    const batch = {
      ...place,
      messages: records, // as our patch of kafkajs makes them
      highWatermark: String(highWatermark),
      firstOffset: () => (records[0] === undefined ? null : String(records[0].offset)),
    };
    await eachBatch?.({
      batch,
      commitOffsetsIfNecessary: commit,
      heartbeat,
      isStale: () => seeks.has(key),
      isRunning: () => running,
      resolveOffset: (offset: string) => {
        if (epoch === mine) positions.set(key, Number(offset) + 1);
      },
    } as unknown as Parameters<EachBatch>[0]);
  };

  return {
    events: EVENTS,
    on(name: string, listener: Listener) {
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
      return () => undefined;
    },
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run(config: { eachBatch?: EachBatch }) {
      eachBatch = config.eachBatch;
      running = true;
      void join(null);
      return Promise.resolve();
    },
    seek: ({ topic, partition, offset }: { topic: string; partition: number; offset: string }) =>
      void seeks.set(`${topic}/${partition}`, Math.max(0, Number(offset))),
    pause(list: readonly { topic: string; partitions?: number[] }[]) {
      for (const { topic, partitions = [] } of list) for (const p of partitions) paused.add(`${topic}/${p}`);
    },
    resume(list: readonly { topic: string; partitions?: number[] }[]) {
      for (const { topic, partitions = [] } of list)
        for (const p of partitions) {
          paused.delete(`${topic}/${p}`);
          wakers.get(`${topic}/${p}`)?.();
        }
    },
    async disconnect() {
      running = false;
      epoch++;
      const id = member?.memberId;
      if (id !== undefined)
        await process.call(broker, `${group.name} leave`, () => group.leave(id)).catch(() => undefined); // its session ends by itself
    },
  };
}
