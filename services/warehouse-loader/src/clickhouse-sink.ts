import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ClickHouseClient } from '@clickhouse/client';
import {
  type Clock,
  peekEventId,
  type SchemaRegistry,
  type Sink,
  type SinkInput,
  type SinkPosition,
  type SinkRecord,
  type SinkWrite,
  StreamError,
  sleep,
} from '@fineprint/stream-runtime';
import { judge } from './clickhouse-judgement.ts';
import {
  AVRO_SETTINGS,
  buildContainer,
  type ContainerHeader,
  containerColumns,
  containerHeader,
} from './container.ts';
import { EMPTY, LaneState, laneOf, type StoredEnd } from './lanes.ts';
import { shareLooks } from './shared-look.ts';
import { tables } from './tables.ts';

type Loader = 'warehouse-loader';

/**
 * One block, one part, or an error: what is stored is stored whole. More than one month in a block would make two parts,
 * of which a crash could keep one; the loader cuts blocks by month, and ClickHouse is told to refuse anything else.
 */
const ONE_PART = {
  max_insert_block_size: '10000000',
  min_insert_block_size_rows: '10000000',
  min_insert_block_size_bytes: '10000000000',
  max_partitions_per_insert_block: '1',
  throw_on_max_partitions_per_insert_block: 1,
  async_insert: 0,
  // A load is small and soon merged: the merge makes them.
  materialize_skip_indexes_on_insert: 0,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  ...AVRO_SETTINGS,
} as const;

/** Lanes of a topic are written side by side, and done nearly together. */
const GATHER_MS = 25;
/** How often a lane is tried that others move on. */
const MAX_TRIES = 20;
/** How often a write that changed nothing is repeated under another name before the store's state is reported instead. */
const MAX_TOKENS = 3;

/** As long as the stages' decoder believes the same. */
const UNKNOWN_TTL_MS = 5_000;
const MAX_UNKNOWN = 10_000;

/** Tables in which an event's id stands once. */
const EVENT_TOPICS: ReadonlySet<string> = new Set([
  'product.events.clean',
  'ai.requests.clean',
  'ai.feedback.clean',
  'consent.clean',
] satisfies SinkInput<Loader>[]);
export const isOfEvents = (topic: string): boolean => EVENT_TOPICS.has(topic);

/** How far rows went that the table has no more, because their time was over. */
const removedFrom = (topic: SinkInput<Loader>) =>
  `fineprint.removed_positions WHERE table_name = '${tables[topic]}' AND _topic = {topic:String} AND _partition = {partition:Int32}`;
/** Places whose rows were stored and erased since: they are not loaded again, and the ledger is told of them as stored. */
const erasedRows = (topic: SinkInput<Loader>) =>
  `(SELECT _topic, _partition, _offset, _source_offset FROM fineprint.erased_rows WHERE table = '${tables[topic]}')`;

interface Writer {
  readonly header: ContainerHeader;
  readonly columns: string;
}

/**
 * ClickHouse as a store that remembers offsets: every row carries its place. Neighbouring partitions (a lane) are written by
 * one insert, and its deduplication token names where all of them stood. Two writers that both start there, a zombie and its
 * successor, or two that each have a part of the lane, use the same token, and ClickHouse keeps one of the two: a
 * compare-and-swap. Reading the positions back tells the other one.
 */
export function createClickHouseSink(
  client: ClickHouseClient,
  registry: SchemaRegistry,
  clock: Clock,
): Sink<Loader> {
  const writers = new Map<number, Writer>();
  /** Ids that the registry did not know, and until when that is believed: a schema may be registered late. */
  const unknown = new Map<number, number>();

  const rowsOf = <T>(query: string, params: Record<string, unknown>): Promise<T[]> =>
    client
      .query({ query, query_params: params, format: 'JSONEachRow' })
      .then((r) => r.json<T>())
      .catch((error: unknown) => Promise.reject(judge(error)));

  /** Rows that were removed or erased are counted as if they were there: so a position never goes back. */
  const endsOf = async (topic: SinkInput<Loader>): Promise<readonly StoredEnd[]> => {
    const table = tables[topic];
    const mine = '_topic = {topic:String}';
    return await rowsOf<StoredEnd>(
      `SELECT month, partition, toString(max(o)) AS offset, toString(max(s)) AS source FROM (
        SELECT _partition_id AS month, _partition AS partition, max(_offset) AS o, max(_source_offset) AS s
        FROM fineprint.${table} WHERE ${mine} GROUP BY ALL
        UNION ALL SELECT _partition_id AS month, _partition AS partition, max(_offset) AS o, max(_source_offset) AS s
        FROM fineprint.erased_rows WHERE table = '${table}' AND ${mine} GROUP BY ALL
        UNION ALL SELECT '' AS month, _partition AS partition, max(max_offset) AS o, max(max_source_offset) AS s
        FROM fineprint.removed_positions WHERE table_name = '${table}' AND ${mine} GROUP BY ALL)
        GROUP BY ALL`,
      { topic },
    );
  };
  /** Lanes of a topic are written at the same time, and one look tells of all of them. */
  const lookAt = shareLooks(endsOf, () => sleep(clock, GATHER_MS));
  const stateOf = async (topic: SinkInput<Loader>, lane: number): Promise<LaneState> => {
    const ends = await lookAt(topic);
    return new LaneState(ends.filter(({ partition }) => laneOf(partition) === lane));
  };
  const positionOf = async (topic: SinkInput<Loader>, partition: number): Promise<SinkPosition> =>
    (await stateOf(topic, laneOf(partition))).positionOf(partition);

  const insert = async (topic: SinkInput<Loader>, writes: readonly SinkWrite[], token: string) => {
    const writer = writerOf(writes[0]?.records[0]);
    const body = buildContainer(
      writer.header,
      writes.flatMap(({ partition, records }) => records.map((r) => toRow(partition, r))),
    );
    try {
      const { stream } = await client.exec({
        query: `INSERT INTO fineprint.${tables[topic]} (${writer.columns}) FORMAT Avro`,
        values: Readable.from([body], { objectMode: false }),
        clickhouse_settings: { ...ONE_PART, insert_deduplication_token: token },
      });
      await text(stream); // nothing comes; read to its end the connection is kept
    } catch (error) {
      throw judge(error);
    }
  };

  /** Whether the table has the record: at its place, or as the same event from elsewhere. */
  const holds = async (topic: SinkInput<Loader>, partition: number, record: SinkRecord): Promise<boolean> => {
    const id = isOfEvents(topic) ? peekEventId(record.datum) : null;
    const rows = await rowsOf<{ any: number | boolean }>(
      `SELECT count() > 0 AS any FROM fineprint.${tables[topic]}
        WHERE (_topic = {topic:String} AND _partition = {partition:Int32} AND _offset = {offset:Int64})
          ${id === null ? '' : 'OR event_id = {id:UUID}'}
        UNION ALL SELECT count() > 0 AS any FROM ${erasedRows(topic)}
        WHERE _topic = {topic:String} AND _partition = {partition:Int32} AND _offset = {offset:Int64}`,
      { topic, partition, offset: record.input.offset, ...(id === null ? {} : { id }) },
    );
    return rows.some(({ any }) => Boolean(any));
  };

  const writerOf = (record: SinkRecord | undefined): Writer => {
    const writer = writers.get(record?.schemaId ?? -1);
    if (writer === undefined) throw new Error('nothing is written without prepare()');
    return writer;
  };

  /** What each lane was last seen to hold. */
  const seen = new Map<string, LaneState>();

  /**
   * A compare-and-swap of the lane, in the month of the rows: there an insert takes effect only as the first one from what the lane
   * holds. ClickHouse knows tokens of one month apart from those of another, so a state of all months would not do.
   */
  const writeAll = async (writes: readonly SinkWrite[], onTaken?: () => void): Promise<SinkPosition[]> => {
    const [any] = writes;
    const first = any?.records[0];
    if (any === undefined || first === undefined) return [];
    const topic = any.topic as SinkInput<Loader>;
    const lane = laneOf(any.partition);
    const name = nameOf(topic, lane);
    const month = monthOf(first.input.timestampMs);
    const look = async () => {
      const state = await stateOf(topic, lane);
      seen.set(name, state);
      return state;
    };
    const isOpen = (state: LaneState | undefined, { partition, after }: SinkWrite) =>
      state?.positionOf(partition).nextOffset === after.nextOffset;

    const known = seen.get(name);
    // What was seen last may be older than what a partition's position was read from.
    let now = known !== undefined && writes.every((w) => isOpen(known, w)) ? known : await look();
    for (let tries = 0, unchanged = 0; unchanged < MAX_TOKENS; tries++) {
      const open = writes.filter((w) => isOpen(now, w));
      if (open.length === 0) break;
      if (tries === MAX_TRIES)
        throw new StreamError('unavailable', 'other loaders write to the same lane', { retriable: true });
      const state = now.nameIn(month);
      await insert(topic, open, tokenOf(name, state, unchanged));
      onTaken?.();
      now = await look();
      unchanged = now.nameIn(month) === state ? unchanged + 1 : 0;
    }
    return writes.map((w) => now.positionOf(w.partition));
  };

  return {
    node: 'warehouse-loader',
    open: positionOf,

    holds,

    targetOf: (topic) => `clickhouse/${tables[topic]}`,

    async holdings(topic, partition, firstOffset, nextOffset) {
      const place = { topic, partition, first: firstOffset, next: nextOffset };
      const rows = await rowsOf<{ source: string | null; offsets: string[]; keepsAll: number }>(
        `SELECT maxOrNullIf(_source_offset, _offset < {first:Int64} AND _source_offset >= 0) AS kept,
          (SELECT maxOrNullIf(max_source_offset, max_source_offset >= 0)
            FROM ${removedFrom(topic)} AND max_offset < {first:Int64}) AS removed,
          toString(coalesce(greatest(kept, removed), kept, removed)) AS source,
          arrayMap(o -> toString(o), groupArrayIf(_offset, _offset >= {first:Int64})) AS offsets,
          (SELECT engine NOT LIKE '%Replacing%' FROM system.tables
            WHERE database = 'fineprint' AND name = '${tables[topic]}') AS keepsAll
        FROM (SELECT _topic, _partition, _offset, _source_offset FROM fineprint.${tables[topic]}
          UNION ALL SELECT _topic, _partition, _offset, _source_offset FROM ${erasedRows(topic)})
        WHERE _topic = {topic:String} AND _partition = {partition:Int32} AND _offset < {next:Int64}`,
        place,
      );
      const [row] = rows;
      if (row === undefined) throw new Error('an aggregate without GROUP BY has one row');
      return {
        offsets: row.keepsAll ? new Set(row.offsets.map(Number)) : null,
        sourceOffsetBefore: row.source === null ? null : Number(row.source),
      };
    },

    async prepare(_topic, records) {
      for (const id of new Set(records.map((r) => r.schemaId))) {
        if (writers.has(id) || (unknown.get(id) ?? 0) > Date.now()) continue;
        const schema = await registry.lookup(id);
        if (schema !== null)
          writers.set(id, { header: containerHeader(schema), columns: containerColumns(schema).join(', ') });
        else {
          if (unknown.size >= MAX_UNKNOWN) unknown.clear();
          unknown.set(id, Date.now() + UNKNOWN_TTL_MS);
        }
      }
    },

    refusalOf(_topic, record) {
      if (writers.has(record.schemaId)) return null;
      return {
        type: 'dead-letter',
        code: 'unknown_schema',
        message: 'the schema registry has no schema of this id',
      };
    },

    blockOf: (_topic, record) => `${record.schemaId}/${monthOf(record.input.timestampMs)}`,

    async write(write, onTaken) {
      const [written] = await writeAll([write], onTaken);
      return written ?? EMPTY;
    },

    lanes: { laneOf, write: writeAll },

    async restore(topic, partition, record) {
      if (await holds(topic, partition, record)) return 'held';
      const { offset, timestampMs } = record.input;
      const lane = laneOf(partition);
      const month = monthOf(timestampMs);
      const write = { topic, partition, after: EMPTY, records: [record] };
      let now = await stateOf(topic, lane);
      for (let tries = 0, unchanged = 0; unchanged < MAX_TOKENS && tries < MAX_TRIES; tries++) {
        const state = now.nameIn(month);
        // Behind the month's last row it moves the lane there, and so it is a step of the lane like any other.
        const isStep = offset > now.lastIn(month, partition);
        const token = isStep
          ? tokenOf(nameOf(topic, lane), state, unchanged)
          : tokenOf(`restore/${topic}/${partition}`, String(offset), unchanged);
        await insert(topic, [write], token);
        if (await holds(topic, partition, record)) return 'stored';
        now = await stateOf(topic, lane);
        unchanged = now.nameIn(month) === state ? unchanged + 1 : 0;
      }
      // Tables that keep the newest row of a key only may have dropped it at once: then it had no news.
      if (!isOfEvents(topic)) return 'stored';
      throw new StreamError('unavailable', 'ClickHouse took a row and does not hold it', { retriable: true });
    },
  };
}

const nameOf = (topic: string, lane: number): string => `${topic}/lane-${lane}`;

/** A token may be used up by rows that are gone; then another one is needed to move on. */
const tokenOf = (name: string, state: string, unchanged: number): string =>
  unchanged === 0 ? `${name}/${state}` : `${name}/${state}#${unchanged}`;

function toRow(partition: number, { input, datum, sourceOffset }: SinkRecord) {
  return {
    partition,
    offset: input.offset,
    sourceOffset: sourceOffset ?? -1,
    receivedAtMs: input.timestampMs,
    datum,
  };
}

/** The table's partition: the month of receipt, in UTC, as `202611`. */
function monthOf(timestampMs: number): string {
  return new Date(timestampMs).toISOString().slice(0, 7).replace('-', '');
}
