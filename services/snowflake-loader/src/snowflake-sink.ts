import {
  peekEventId,
  REPLAY_OF_HEADER,
  type RecordDecoder,
  type Sink,
  type SinkInput,
  type SinkRecord,
} from '@fineprint/stream-runtime';
import { columnsOf } from './columns.ts';
import { judge } from './judgement.ts';
import type { WriteLoadFile } from './load-file.ts';
import type { LoadSession, LoadTarget, Move } from './load-session.ts';
import { createLoads, type Gap, type LoadsDependencies } from './loads.ts';
import { type Place, rowLine, valueProblem } from './row-line.ts';
import { tables } from './tables.ts';

type Loader = 'snowflake-loader';
type Topic = SinkInput<Loader>;

export interface SnowflakeSinkDependencies extends LoadsDependencies {
  readonly decoder: RecordDecoder;
  readonly writeFile: WriteLoadFile;
}

const targets = Object.fromEntries(
  Object.entries(tables).map(([topic, table]) => [topic, { table, columns: columnsOf(topic as Topic) }]),
) as unknown as Readonly<Record<Topic, LoadTarget>>;

/**
 * Snowflake as a store that remembers offsets: a file's rows and the partition's new position are one transaction, and the
 * position moves only from where the writer started. Of a zombie and its successor one is stored, and the other one is told.
 */
export function createSnowflakeSink(deps: SnowflakeSinkDependencies): Sink<Loader> {
  const { sessions, decoder, writeFile } = deps;
  const loads = createLoads(deps);

  const ask = <T>(question: (session: LoadSession) => Promise<T>): Promise<T> =>
    sessions.use('questions', question).catch((error: unknown) => {
      throw judge(error, 'other');
    });

  function* linesOf(topic: Topic, partition: number, records: readonly SinkRecord[]): Generator<string> {
    for (const record of records) {
      const decoded = decoder.decode(topic, record.input.value);
      if (!decoded.ok) throw new Error('nothing is written that refusalOf() refuses');
      yield rowLine(targets[topic].columns, decoded.record, placeOf(topic, partition, record));
    }
  }

  const store = async (
    topic: Topic,
    partition: number,
    records: readonly SinkRecord[],
    intent: Move | Gap,
  ): Promise<boolean> => {
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) return true;
    const range = { topic, partition, firstOffset: first.input.offset, lastOffset: last.input.offset };
    const file = await writeFile(range, linesOf(topic, partition, records));
    try {
      return await loads.load(targets[topic], file, records.length, intent);
    } finally {
      await file.remove();
    }
  };

  return {
    node: 'snowflake-loader',
    open: (topic, partition) => loads.open(targets[topic], { topic, partition }),
    holds: (topic, partition, record) => ask((session) => isHeld(session, topic, partition, record)),
    targetOf: (topic) => `snowflake/${tables[topic].name}`,

    async holdings(topic, partition, first, next) {
      const { table } = targets[topic];
      const place = { topic, partition };
      const sourceOffsetBefore = await ask((session) => session.sourceOffsetBefore(table, place, first));
      if (table.newest !== null) return { offsets: null, sourceOffsetBefore };
      const held = await ask((session) => session.heldOffsets(table, place, first, next));
      return { offsets: new Set(held), sourceOffsetBefore };
    },

    prepare: (_topic, records) => decoder.prepare(records.map((r) => r.input.value)),

    refusalOf(topic, record) {
      const decoded = decoder.decode(topic, record.input.value);
      if (!decoded.ok) {
        const message = `the record cannot be read as one of ${topic}`;
        return { type: 'dead-letter', code: decoded.code, message };
      }
      const path = valueProblem(targets[topic].columns, decoded.record);
      if (path === null) return null;
      return {
        type: 'dead-letter',
        code: 'value_out_of_range',
        message: 'Snowflake has no such time',
        path,
      };
    },

    /** One file takes records of any schema version: they are read as the newest. */
    blockOf: () => '',

    async write({ topic: any, partition, after, records }) {
      const topic = any as Topic;
      const lastOffset = records.at(-1)?.input.offset ?? 0;
      const to = { nextOffset: lastOffset + 1, sourceOffset: highest(after.sourceOffset, records) };
      const move = { topic, partition, from: after.nextOffset, to, lastOffset };
      await store(topic, partition, records, move);
      return loads.position({ topic, partition });
    },

    async restore(topic, partition, record) {
      const gap = { isHeld: (session: LoadSession) => isHeld(session, topic, partition, record) };
      return (await store(topic, partition, [record], gap)) ? 'stored' : 'held';
    },
  };
}

/** At its place, or as the same event from elsewhere. */
async function isHeld(
  session: LoadSession,
  topic: Topic,
  partition: number,
  { input, datum }: SinkRecord,
): Promise<boolean> {
  const { table, columns } = targets[topic];
  if (await session.holdsPlace(table, { topic, partition }, input.offset)) return true;
  const id = columns.some(({ name }) => name === 'event_id') ? peekEventId(datum) : null;
  return id !== null && (await session.holdsEvent(table, id.toLowerCase()));
}

function highest(before: number | null, records: readonly SinkRecord[]): number | null {
  return records.reduce<number | null>(
    (most, { sourceOffset }) => (sourceOffset === null ? most : Math.max(most ?? sourceOffset, sourceOffset)),
    before,
  );
}

function placeOf(topic: string, partition: number, { input, sourceOffset, id }: SinkRecord): Place {
  return {
    received_at: input.timestampMs,
    _topic: topic,
    _partition: partition,
    _offset: input.offset,
    _source_offset: sourceOffset ?? -1,
    _id_murmur3: id === null ? null : id.murmur3 >>> 0,
    _id_xxh32: id === null ? null : id.xxh32 >>> 0,
    _replayed: input.headers[REPLAY_OF_HEADER] !== undefined,
  };
}
