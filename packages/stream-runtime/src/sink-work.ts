import type { NodeName, TopicName } from '@fineprint/topology';
import { createAccount } from './account.ts';
import { takeRecord } from './claimed.ts';
import { StreamError } from './errors.ts';
import type { Refusal } from './outcome.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { PartitionWork } from './partition-workers.ts';
import type { InputRecord, Lease, PartitionBatch } from './ports.ts';
import { recordIdOf } from './record-id.ts';
import { refusalRecords } from './refuse.ts';
import { LeaseLost, retryWhileOwned, sleep } from './retry.ts';
import type { WorkContext } from './run-partitions.ts';
import type { SinkDependencies } from './run-sink.ts';
import { PoisonError, type Sink, type SinkInput, type SinkPosition, type SinkRecord } from './sink.ts';
import { blocksOf, createSinkBuffer } from './sink-buffer.ts';
import type { SinkLane } from './sink-lane.ts';
import { isRepeat, sourceOffsetOf } from './source-offset.ts';
import { isTombstone } from './tombstone.ts';
import { parseWire } from './wire-format.ts';

/** What the partitions of a sink have in common. */
export interface SinkShared {
  laneOf(topic: TopicName, partition: number): SinkLane;
  /** Partitions whose end has not been read. */
  readonly behind: Set<string>;
}

type WorkDependencies = SinkDependencies & WorkContext & SinkShared;

export const NOT_AVRO: Refusal = {
  type: 'dead-letter',
  code: 'not_avro',
  message: "the value is not Avro in Confluent's frame",
};
const HOLD_BACK_MS = 1_000;
const EMPTY_STORE: SinkPosition = { nextOffset: null, sourceOffset: null };

/** One partition's way into the store. */
export function createSinkWork<N extends NodeName>(
  sink: Sink<N>,
  topic: SinkInput<N>,
  partition: number,
  deps: WorkDependencies,
): PartitionWork {
  const { clock, limits, observer } = deps;
  const place = `${topic}/${partition}`;
  const lane = deps.laneOf(topic, partition);
  const buffer = createSinkBuffer(
    limits,
    () => clock.nowMs(),
    () => deps.behind.has(place) || (limits.isPatient === true && deps.behind.size > 0),
    lane.pace,
  );
  /** Where the store stands; undefined until it was asked. */
  let position: SinkPosition | undefined;
  let highestSource: number | null = null;
  /** One past what is held here, as long as anything is. */
  let takenTo = 0;
  /** Everything before this is accounted for. */
  let toldOffset = Number.POSITIVE_INFINITY;
  let heldBack = 0;
  /** The ledger tells of what lies before this already: where the store lacks it, it is stored, and not told of again. */
  let retoldTo = 0;
  const untold = createAccount();
  /** 'no': fetching must be moved to the store's position. 'sought': it has been, so accept what comes next. */
  let aligned: 'no' | 'sought' | 'yes' = 'no';
  /** Taken from when a write is due until it is done. */
  const seat = lane.seat();

  const retrying = <T>(operation: string, lease: Lease, run: () => Promise<T>) =>
    retryWhileOwned(run, {
      clock,
      lease,
      stopping: deps.stopping,
      onFailure: (error: StreamError, attempt: number) => {
        seat.release(); // the others of its lane, and other lanes, do not wait for what it waits for
        observer.retrying({ topic, partition, operation, error, attempt });
      },
    });

  const believe = (now: SinkPosition) => {
    position = now;
    highestSource = now.sourceOffset;
  };

  /**
   * A store that is ahead of its topic holds rows of another one, and everything would be taken for stored already. Or
   * somebody else has just stored what came after this batch was fetched: so it is fetched again, with the end of then.
   */
  const holdBack = async (batch: PartitionBatch, storedTo: number, lease: Lease): Promise<false> => {
    const message = `the store goes on at ${storedTo}, but the topic ends at ${batch.highWatermark}`;
    const error = new StreamError('topic_recreated', message, { retriable: true });
    observer.retrying({ topic, partition, operation: 'open', error, attempt: ++heldBack });
    await sleep(clock, HOLD_BACK_MS);
    if (lease.owned()) deps.consumer.seek(topic, partition, batch.records[0]?.offset ?? 'earliest');
    return false;
  };

  const accountOf = (input: InputRecord) => (input.offset < retoldTo ? untold : buffer.account);

  /** Back to what neither the store holds nor the ledger has been told of. */
  const seekToStore = (lease: Lease) => {
    buffer.reset();
    if (!lease.owned()) return; // a worker that has been replaced must not turn its successor's fetching back
    const storeOffset = position?.nextOffset ?? null;
    const offset = storeOffset === null ? 'earliest' : Math.min(storeOffset, toldOffset);
    deps.consumer.seek(topic, partition, offset);
  };

  const admit = async (batch: PartitionBatch, lease: Lease): Promise<boolean> => {
    if (position === undefined) {
      const found = await retrying('open', lease, () => sink.open(topic, partition));
      if ((found.nextOffset ?? 0) > batch.highWatermark) return holdBack(batch, found.nextOffset ?? 0, lease);
      believe(found);
    }
    const firstOffset = batch.records[0]?.offset ?? batch.nextOffset;
    if (aligned === 'no' && firstOffset > (position?.nextOffset ?? 0)) {
      aligned = 'sought';
      retoldTo = firstOffset;
      seekToStore(lease);
      return false;
    }
    aligned = 'yes';
    toldOffset = Math.min(toldOffset, firstOffset);
    return true;
  };

  const refuse = async (record: Pick<SinkRecord, 'input' | 'id'>, refusal: Refusal, lease: Lease) => {
    const at = { topic, partition, input: record.input };
    const records = refusalRecords(sink.node, deps.encoder, at, refusal, clock.nowMs());
    await retrying('dead-letter', lease, () => deps.writer.write(records));
    accountOf(record.input).add('dead_lettered', refusal.code, record.id);
  };

  /** A record that has not ended by itself, as the store would take it. */
  const readable = (input: InputRecord): SinkRecord | 'tombstone' | 'repeat' | 'not_avro' => {
    const id = recordIdOf(input.value);
    takeRecord(accountOf(input), input, id);
    if (isTombstone(topic, input)) return 'tombstone';
    const wire = parseWire(input.value);
    if (wire === null) return 'not_avro';
    const sourceOffset = sourceOffsetOf(input);
    if (isRepeat(sourceOffset, highestSource)) return 'repeat';
    if (sourceOffset !== null) highestSource = sourceOffset;
    return { input, schemaId: wire.schemaId, datum: wire.datum, sourceOffset, id };
  };

  /** The store moved on and its writer crashed before it told the ledger: what is held is told of, not stored again. */
  const tellHeld = async (records: readonly InputRecord[], lease: Lease) => {
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) return;
    const held = await retrying('holdings', lease, () =>
      sink.holdings(topic, partition, first.offset, last.offset + 1),
    );
    const known = highestSource;
    highestSource = held.sourceOffsetBefore;
    for (const input of records) {
      const record = readable(input);
      const id = recordIdOf(input.value);
      if (record === 'not_avro') buffer.account.add('dead_lettered', NOT_AVRO.code, id);
      else if (typeof record === 'string') buffer.account.add('dropped', record, id);
      else if (held.offsets?.has(input.offset) ?? true)
        buffer.account.add('stored', sink.targetOf(topic), id);
      else if (held.dropped?.has(input.offset))
        buffer.account.add('dropped', held.dropped.get(input.offset) ?? '', id);
      else buffer.account.add('dead_lettered', 'refused_by_store', id);
    }
    highestSource = known;
  };

  /** Those that have not ended by themselves. */
  const readAll = async (inputs: readonly InputRecord[], lease: Lease): Promise<SinkRecord[]> => {
    const fresh: SinkRecord[] = [];
    for (const input of inputs) {
      const record = readable(input);
      if (record === 'not_avro') await refuse({ input, id: null }, NOT_AVRO, lease);
      else if (typeof record === 'string') accountOf(input).add('dropped', record, recordIdOf(input.value));
      else fresh.push(record);
    }
    return fresh;
  };

  const take = async (batch: PartitionBatch, lease: Lease) => {
    const storeOffset = position?.nextOffset ?? 0;
    // Fetching may have been turned back behind what is held here, and nothing counts twice.
    const from = buffer.consumed === undefined ? 0 : takenTo;
    const records = batch.records.filter((r) => r.offset >= from);
    if (records.length === 0 && batch.records.length > 0) return;
    await tellHeld(
      records.filter((r) => r.offset < storeOffset),
      lease,
    );
    const fresh = await readAll(
      records.filter((r) => r.offset >= storeOffset),
      lease,
    );
    await retrying('prepare', lease, () => sink.prepare(topic, fresh, partition));
    for (const record of fresh) {
      const refusal = sink.refusalOf(topic, record);
      if (refusal === null) buffer.add(record);
      else await refuse(record, refusal, lease);
    }
    const told = {
      records: records.filter((r) => r.offset >= retoldTo),
      nextOffset: Math.max(batch.nextOffset, retoldTo),
    };
    buffer.consume({ ...batch, ...told }, lease);
    takenTo = batch.nextOffset;
    if (batch.nextOffset < batch.highWatermark) deps.behind.add(place);
    else deps.behind.delete(place);
    for (const input of records) input.release?.();
  };

  /** Writes one block; halves it where the store refuses it, until the record that it refuses stands alone. */
  const store = async (records: readonly SinkRecord[], lease: Lease): Promise<boolean> => {
    try {
      const write = { topic, partition, after: position ?? EMPTY_STORE, records };
      const written = await retrying('store', lease, async () => {
        await seat.take();
        return seat.write(write);
      });
      position = written;
      for (const { input, id } of records) {
        const rule = written.dropped?.get(input.offset);
        if (rule === undefined) accountOf(input).add('stored', sink.targetOf(topic), id);
        else accountOf(input).add('dropped', rule, id);
      }
      return position.nextOffset === (records.at(-1)?.input.offset ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      const [first] = records;
      if (records.length === 1 && first !== undefined) {
        await refuse(first, { type: 'dead-letter', code: error.code, message: error.message }, lease);
        return true;
      }
      const half = records.length >> 1;
      return (await store(records.slice(0, half), lease)) && store(records.slice(half), lease);
    }
  };

  /** Stores what is held and tells of it. */
  const flush = async (queue: PartitionQueue) => {
    if (buffer.consumed === undefined) return;
    const { lease, work } = buffer.consumed;
    const startedMs = clock.nowMs();
    for (const block of blocksOf(buffer.records, (r) => sink.blockOf(topic, r), limits.maxRows)) {
      if (await store(block, lease)) continue;
      // Somebody else wrote to this partition: the store's word counts, what is held here does not.
      aligned = 'no';
      queue.clear();
      if (position !== undefined) believe(position);
      seekToStore(lease);
      return;
    }
    buffer.reset();
    toldOffset = work.nextOffset;
    deps.committer.done(lease, topic, partition, work);
    const durationMs = clock.nowMs() - startedMs;
    const { account, nextOffset, traced } = work;
    observer.processed({ topic, partition, account, nextOffset, traced, durationMs });
  };

  /** Waits for its lane's turn, and takes along what has come until then: the slower the store, the larger its blocks. */
  const flushInTurn = async (queue: PartitionQueue) => {
    if (buffer.consumed === undefined) return;
    await seat.take();
    try {
      while (!buffer.isFull()) {
        const item = await queue.take(0);
        if (item === 'closed' || item === 'timeout') break;
        if (!item.lease.owned()) throw new LeaseLost();
        await take(item.batch, item.lease);
      }
      lane.pace.lastWriteMs = clock.nowMs();
      await flush(queue);
    } finally {
      seat.release();
    }
  };

  return {
    admit,
    async run(queue) {
      try {
        for (;;) {
          const dueInMs = buffer.dueInMs();
          const item = dueInMs === 0 ? 'timeout' : await queue.take(dueInMs);
          if (item === 'closed') break;
          if (item === 'timeout') {
            await flushInTurn(queue);
            continue;
          }
          if (!item.lease.owned()) throw new LeaseLost();
          await take(item.batch, item.lease);
        }
        if (deps.stopping()) await flushInTurn(queue);
      } finally {
        deps.behind.delete(place);
      }
    },
  };
}
