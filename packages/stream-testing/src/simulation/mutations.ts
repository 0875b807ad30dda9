import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  type ConsumerHandlers,
  type GroupConsumer,
  type InputRecord,
  LEDGER_TOPIC,
  type Lease,
  type OutputRecord,
  type RecordWriter,
  type SinkLanes,
  SOURCE_OFFSET_HEADER,
  StreamError,
} from '@fineprint/stream-runtime';
import type { Plan } from './plan.ts';
import { FAIR } from './remote.ts';
import { NO_SEAMS, type Seams } from './seams.ts';

/** A rule of the product, broken. Some seed must notice, or the simulator does not look at that rule. */
export interface Mutation {
  readonly name: string;
  /** What makes the seeds look where the rule matters. */
  readonly change?: Partial<Plan>;
  /** Anew for each run: some keep something in memory. */
  create(): Seams;
}

/** Writes some records without waiting for them, and the others as they should be. */
const unawaited = (writer: RecordWriter, isUnawaited: (record: OutputRecord) => boolean): RecordWriter => ({
  ...writer,
  write(records) {
    const loose = records.filter(isUnawaited);
    if (loose.length > 0) void writer.write(loose).catch(() => undefined); // the mutation: nobody is told
    return writer.write(records.filter((record) => !isUnawaited(record)));
  },
});

/** Hands on other leases, or other records. */
const handing = (
  consumer: GroupConsumer,
  change: { lease?: (lease: Lease) => Lease; record?: (record: InputRecord) => InputRecord },
): GroupConsumer => {
  const { lease: changeLease = (lease) => lease, record: changeRecord } = change;
  return {
    ...consumer,
    start: (handlers: ConsumerHandlers) =>
      consumer.start({
        ...handlers,
        onAssigned: (partitions, leaseOf) =>
          handlers.onAssigned(partitions, (topic, partition) => changeLease(leaseOf(topic, partition))),
        onBatch: (batch, lease) => {
          const records = changeRecord === undefined ? batch.records : batch.records.map(changeRecord);
          return handlers.onBatch({ ...batch, records }, changeLease(lease));
        },
      }),
  };
};

const believing = (lanes: SinkLanes): SinkLanes => ({
  ...lanes,
  async write(writes) {
    const positions = await lanes.write(writes);
    return positions.map((position, i) => ({
      ...position,
      nextOffset: (writes[i]?.records.at(-1)?.input.offset ?? 0) + 1,
    }));
  },
});

const withoutHeader = (record: InputRecord, name: string): InputRecord => {
  const { [name]: _dropped, ...headers } = record.headers;
  return { ...record, headers };
};

const AS_OF_HEADER = 'fp-as-of';

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'commit before write',
    create: () => ({
      ...NO_SEAMS,
      writer: (writer, node) => (node === 'pii-scrubber' ? unawaited(writer, () => true) : writer),
    }),
  },
  {
    name: 'commit beyond what is acknowledged',
    create: () => ({
      ...NO_SEAMS,
      consumer: (consumer) => ({
        ...consumer,
        commit: (lease, topic, partition, nextOffset) =>
          consumer.commit(lease, topic, partition, nextOffset + 1),
      }),
    }),
  },
  {
    name: 'source-offset rule dropped in the sink',
    create: () => ({
      ...NO_SEAMS,
      consumer: (consumer, node) =>
        node === 'warehouse-loader'
          ? handing(consumer, { record: (record) => withoutHeader(record, SOURCE_OFFSET_HEADER) })
          : consumer,
    }),
  },
  {
    name: 'duplicates are not looked for',
    create: () => ({
      ...NO_SEAMS,
      dedup: (index) => ({
        ...index,
        claim: async (entries) => {
          await index.claim(entries);
          return entries.map(({ place }) => place);
        },
      }),
    }),
  },
  {
    name: 'a claim is not tied to its place',
    create: () => {
      const seen = new Set<string>();
      return {
        ...NO_SEAMS,
        dedup: (index) => ({
          ...index,
          claim: async (entries) => {
            const owners = await index.claim(entries);
            return entries.map(({ id, place }, i) => {
              const isFirst = !seen.has(`${place.topic} ${id}`);
              seen.add(`${place.topic} ${id}`);
              return isFirst ? (owners[i] ?? place) : { ...place, offset: -1 };
            });
          },
        }),
      };
    },
  },
  {
    name: 'the verdict on consent is ignored',
    create: () => ({
      ...NO_SEAMS,
      consent: (step) => ({
        judge: async (valid, at) =>
          (await step.judge(valid, at)).map((said) => ({ ...said, mayStore: true })),
      }),
    }),
  },
  {
    name: 'what was said is not waited for',
    create: () => ({ ...NO_SEAMS, consentEnds: () => async () => [] }),
  },
  {
    name: 'a pseudonym is forgotten',
    change: { anonymize: true },
    create: () => {
      let asked = 0;
      return {
        ...NO_SEAMS,
        subjects: (book) => ({
          lookup: async (mentionsOf) => (++asked % 10 === 0 ? null : book.lookup(mentionsOf)),
        }),
      };
    },
  },
  {
    name: 'the lease is not looked at',
    create: () => ({
      ...NO_SEAMS,
      consumer: (consumer) => handing(consumer, { lease: (lease) => ({ ...lease, owned: () => true }) }),
    }),
  },
  {
    name: 'freshness is not waited for',
    create: () => ({
      ...NO_SEAMS,
      consumer: (consumer) => handing(consumer, { lease: (lease) => ({ ...lease, fresh: () => true }) }),
    }),
  },
  {
    name: 'a dead letter is not waited for',
    create: () => ({
      ...NO_SEAMS,
      writer: (writer) => unawaited(writer, (record) => record.topic.startsWith('dead-letter.')),
    }),
  },
  {
    name: "the store's position is not read back",
    create: () => ({
      ...NO_SEAMS,
      sink: (sink) => ({
        ...sink,
        ...(sink.lanes === undefined ? {} : { lanes: believing(sink.lanes) }),
      }),
    }),
  },
  {
    name: 'an insert is named by what it holds, and not by where its lane stood',
    change: { partitions: 3 },
    create: () => ({
      ...NO_SEAMS,
      clickhouse: (client) => ({
        ...client,
        exec: async (exec) => {
          const body = await buffer(exec.values);
          const insert_deduplication_token = createHash('sha256').update(body).digest('hex');
          return client.exec({
            ...exec,
            values: Readable.from([body]),
            clickhouse_settings: { ...exec.clickhouse_settings, insert_deduplication_token },
          });
        },
      }),
    }),
  },
  {
    name: "offsets are not in the rows' transaction",
    create: () => {
      let loads = 0;
      return {
        ...NO_SEAMS,
        loadStore: (store) => ({
          ...store,
          load: async (load) => {
            const moved = await store.load({ ...load, rows: [] });
            if (moved === 'moved') return moved;
            loads++;
            if (loads % 3 === 0)
              throw new StreamError('unavailable', 'the connection broke in between', { retriable: true });
            return store.load({ ...load, after: load.next });
          },
        }),
      };
    },
  },
  {
    name: "Snowflake's position is not compared before it moves",
    create: () => ({
      ...NO_SEAMS,
      loadSession: (session) => ({
        ...session,
        movePosition: async (table, move, stagePath) => {
          const now = await session.position(move);
          return session.movePosition(table, { ...move, from: now?.nextOffset ?? null }, stagePath);
        },
      }),
    }),
  },
  {
    name: "Snowflake's rows are committed apart from the position",
    create: () => ({
      ...NO_SEAMS,
      loadSession: (session) => ({
        ...session,
        copy: async (target, stagePath) => {
          const rows = await session.copy(target, stagePath);
          await session.commit();
          return rows;
        },
      }),
    }),
  },
  {
    name: 'a half written flush counts when snapshots are read back',
    change: {
      killAtEffect: 0.02,
      partitions: 1,
      events: 140,
      law: 'none',
      faults: ['kill'],
      faultEveryMs: 10_000,
      weather: FAIR,
    },
    create: () => ({
      ...NO_SEAMS,
      snapshotReader: (reader) => ({
        ...reader,
        readAll: (topic, partition, onRecords) =>
          reader.readAll(topic, partition, (records) =>
            onRecords(records.map((record) => withoutHeader(record, AS_OF_HEADER))),
          ),
      }),
    }),
  },
  {
    name: 'the ledger is written after the commit',
    create: () => ({
      ...NO_SEAMS,
      writer: (writer) => unawaited(writer, (record) => record.topic === LEDGER_TOPIC),
    }),
  },
  {
    name: 'no answer from a destination counts as a yes',
    change: { weather: FAIR, faults: ['storm'], faultEveryMs: 2_000, killAtEffect: 0 },
    create: () => ({
      ...NO_SEAMS,
      destination: (client) => ({
        ...client,
        send: async (request) => {
          const answer = await client.send(request);
          return answer.status === null ? { ...answer, status: 200 } : answer;
        },
      }),
    }),
  },
];
