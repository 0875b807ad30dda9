import type { UserRow } from '@fineprint/person-builder/user-id';
import {
  DECODE_MESSAGES,
  type DecodeFailureCode,
  REPLAY_OF_HEADER,
  type RecordDecoder,
  type Refusal,
  type Sink,
  type SinkInput,
  type SinkPosition,
  type SinkRecord,
  StreamError,
} from '@fineprint/stream-runtime';
import { type DocumentRow, eventRow, type Place, requestRow } from './document-rows.ts';
import { createKnownUsers } from './known-users.ts';
import { type LoadRow, type LoadStore, UserMissing } from './load-store.ts';
import { tables } from './tables.ts';

type Loader = 'postgres-loader';

/** About 200 bytes each. */
const MAX_KNOWN_USERS = 100_000;

/** The row that a record becomes, worked out once. */
type Prepared = { readonly row: LoadRow; readonly user: UserRow | null } | Refusal;

const isRefusal = (row: DocumentRow | Prepared): row is Refusal => 'type' in row;

/**
 * Postgres as a store that remembers offsets: where the loader stands is a row, and it moves in the same transaction in which
 * the events' rows come, by a compare-and-swap. So a second writer (a zombie and its successor) finds that it has moved.
 */
export function createPostgresSink(store: LoadStore, decoder: RecordDecoder): Sink<Loader> {
  const known = createKnownUsers(MAX_KNOWN_USERS);
  const prepared = new WeakMap<SinkRecord, Prepared>();

  const preparedOf = (record: SinkRecord): Exclude<Prepared, Refusal> => {
    const found = prepared.get(record);
    if (found === undefined || isRefusal(found)) throw new Error('nothing is written without prepare()');
    return found;
  };

  /** On their own: a user without events is true, and their locks are held for a moment only. */
  const addUsers = async (records: readonly SinkRecord[]) => {
    const unknown = known.unknownOf(records.map((r) => preparedOf(r).user));
    if (unknown.length === 0) return;
    await store.addUsers(unknown);
    known.add(unknown);
  };

  const withUsers = async <T>(records: readonly SinkRecord[], run: () => Promise<T>): Promise<T> => {
    await addUsers(records);
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof UserMissing)) throw error;
      known.clear();
      throw new StreamError('unavailable', 'a user was removed from the table users meanwhile', {
        cause: error,
        retriable: true,
      });
    }
  };

  return {
    node: 'postgres-loader',
    open: (topic, partition) => store.position(topic, partition),
    holdings: (topic, partition, first, next) => store.holdings(topic, partition, first, next),
    targetOf: (topic) => `postgres/${tables[topic]}`,
    blockOf: () => '',

    async prepare(topic, records, partition) {
      await decoder.prepare(records.map((r) => r.input.value));
      for (const record of records) prepared.set(record, toRow(decoder, topic, partition, record));
    },

    refusalOf(_topic, record) {
      const found = prepared.get(record);
      return found !== undefined && isRefusal(found) ? found : null;
    },

    write: ({ topic, partition, after, records }) =>
      withUsers(records, async () => {
        const load = {
          topic: topic as SinkInput<Loader>,
          partition,
          after,
          next: positionAfter(after, records),
          rows: records.map((r) => preparedOf(r).row),
        };
        const dropped = await store.load(load);
        if (dropped !== 'moved') return { ...load.next, dropped };
        const now = await store.position(load.topic, partition);
        // Perhaps by ourselves, and the answer was lost: then what was dropped has to be known all the same.
        const [first = 0, last = 0] = [records[0]?.input.offset, records.at(-1)?.input.offset];
        const held = await store.holdings(load.topic, partition, first, last + 1);
        return { ...now, dropped: held.dropped ?? new Map() };
      }),

    holds: (topic, partition, record) => store.holds(topic, partition, preparedOf(record).row),
    restore: (topic, partition, record) =>
      withUsers([record], () => store.restore(topic, partition, preparedOf(record).row)),
  };
}

function toRow(
  decoder: RecordDecoder,
  topic: SinkInput<Loader>,
  partition: number,
  { input, sourceOffset }: SinkRecord,
): Prepared {
  const { offset, timestampMs: receivedAtMs } = input;
  const isReplayed = input.headers[REPLAY_OF_HEADER] !== undefined;
  const row = rowOf(decoder, topic, input.value, { partition, offset, sourceOffset, receivedAtMs });
  if (isRefusal(row)) return row;
  const { eventId, user, bytes } = row;
  return { row: { offset, sourceOffset, eventId, isReplayed, bytes }, user };
}

function rowOf(
  decoder: RecordDecoder,
  topic: SinkInput<Loader>,
  value: Buffer | null,
  place: Place,
): DocumentRow | Refusal {
  if (topic === 'product.events.clean') {
    const decoded = decoder.decode(topic, value);
    return decoded.ok ? eventRow(decoded.record, place) : undecodable(decoded.code);
  }
  const decoded = decoder.decode(topic, value);
  return decoded.ok ? requestRow(decoded.record, place) : undecodable(decoded.code);
}

const undecodable = (code: DecodeFailureCode): Refusal => ({
  type: 'dead-letter',
  code,
  message: DECODE_MESSAGES[code],
});

function positionAfter(after: SinkPosition, records: readonly SinkRecord[]): SinkPosition {
  const last = records.at(-1);
  if (last === undefined) return after;
  const sourceOffset = records.findLast((r) => r.sourceOffset !== null)?.sourceOffset ?? after.sourceOffset;
  return { nextOffset: last.input.offset + 1, sourceOffset };
}
