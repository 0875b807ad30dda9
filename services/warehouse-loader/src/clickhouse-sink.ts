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

/** How often a write that changed nothing is repeated under another name before the store's state is reported instead. */
const MAX_TOKENS = 3;

/** Partitions of a topic are written one after another, and one look tells of all of them. */
const GATHER_MS = 25;

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
 * ClickHouse as a store that remembers offsets: every row carries its place, and the deduplication token names the place
 * the writer started from. Two writers that both start there (a zombie and its successor) use the same token, and
 * ClickHouse keeps one of the two: a compare-and-swap. Reading the position back tells the other one.
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

  const positionOf = async (topic: SinkInput<Loader>, partition: number): Promise<SinkPosition> => {
    const [row] = await rowsOf<{ offset: string; source: string; any: number | boolean }>(
      `SELECT toString(max(o)) AS offset, toString(max(s)) AS source, count() > 0 AS any FROM (
        SELECT max(_offset) AS o, max(_source_offset) AS s FROM fineprint.${tables[topic]}
        WHERE _topic = {topic:String} AND _partition = {partition:Int32} HAVING count() > 0
        UNION ALL SELECT max(max_offset) AS o, max(max_source_offset) AS s FROM ${removedFrom(topic)} HAVING count() > 0
        UNION ALL SELECT max(_offset) AS o, max(_source_offset) AS s FROM ${erasedRows(topic)}
        WHERE _topic = {topic:String} AND _partition = {partition:Int32} HAVING count() > 0)`,
      { topic, partition },
    );
    if (row === undefined || !row.any) return { nextOffset: null, sourceOffset: null };
    return toPosition(row);
  };

  /** Where each partition's rows that are there end: all that a writer has to know that has just written to here. */
  const endsOf = shareLooks(
    async (topic: SinkInput<Loader>): Promise<Map<number, SinkPosition>> => {
      const rows = await rowsOf<{ partition: number; offset: string; source: string }>(
        `SELECT _partition AS partition, toString(max(_offset)) AS offset, toString(max(_source_offset)) AS source
        FROM fineprint.${tables[topic]} WHERE _topic = {topic:String} GROUP BY _partition`,
        { topic },
      );
      return new Map(rows.map((row) => [row.partition, toPosition(row)]));
    },
    () => sleep(clock, GATHER_MS),
  );

  const insert = async (write: SinkWrite, writer: Writer, token: string) => {
    const topic = write.topic as SinkInput<Loader>;
    const body = buildContainer(
      writer.header,
      write.records.map((r) => toRow(write.partition, r)),
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
      const topic = write.topic as SinkInput<Loader>;
      const writer = writerOf(write.records[0]);
      const token = `${topic}/${write.partition}/${write.after.nextOffset ?? 'start'}`;
      const last = write.records.at(-1)?.input.offset ?? Number.NaN;
      let now = write.after;
      // Rows may have been deleted back to a position whose token is used up; then another name is needed to move on.
      for (let n = 0; n < MAX_TOKENS && now.nextOffset === write.after.nextOffset; n++) {
        await insert(write, writer, n === 0 ? token : `${token}#${n}`);
        onTaken?.();
        const end = (await endsOf(topic)).get(write.partition);
        if (end?.nextOffset === last + 1) return end;
        now = await positionOf(topic, write.partition);
      }
      return now;
    },

    async restore(topic, partition, record) {
      if (await holds(topic, partition, record)) return 'held';
      const position = await positionOf(topic, partition);
      const write = { topic, partition, after: position, records: [record] };
      const token = `restore/${topic}/${partition}/${record.input.offset}`;
      // As in write(): the name may be used up by rows that are gone.
      for (let n = 0; n < MAX_TOKENS; n++) {
        await insert(write, writerOf(record), n === 0 ? token : `${token}#${n}`);
        if (await holds(topic, partition, record)) return 'stored';
      }
      // Tables that keep the newest row of a key only may have dropped it at once: then it had no news.
      if (!isOfEvents(topic)) return 'stored';
      throw new StreamError('unavailable', 'ClickHouse took a row and does not hold it', { retriable: true });
    },
  };
}

const toPosition = ({
  offset,
  source,
}: {
  readonly offset: string;
  readonly source: string;
}): SinkPosition => ({
  nextOffset: Number(offset) + 1,
  sourceOffset: Number(source) < 0 ? null : Number(source),
});

function toRow(partition: number, { input, datum, sourceOffset }: SinkRecord) {
  return {
    partition,
    offset: input.offset,
    sourceOffset: sourceOffset ?? -1,
    receivedAtMs: input.timestampMs,
    datum,
  };
}

/** The table's partition: the month of receipt, in UTC. */
function monthOf(timestampMs: number): string {
  return new Date(timestampMs).toISOString().slice(0, 7);
}
