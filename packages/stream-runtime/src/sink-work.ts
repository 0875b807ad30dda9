import type { InputOf, NodeName, TopicName } from '@fineprint/topology';
import { toDeadLetter } from './dead-letter.ts';
import type { StreamError } from './errors.ts';
import type { Refusal } from './outcome.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { PartitionWork } from './partition-workers.ts';
import type { InputRecord, Lease, PartitionBatch } from './ports.ts';
import { LeaseLost, retryWhileOwned } from './retry.ts';
import type { WorkContext } from './run-partitions.ts';
import type { SinkDependencies } from './run-sink.ts';
import { PoisonError, type Sink, type SinkPosition, type SinkRecord } from './sink.ts';
import { blocksOf, createSinkBuffer } from './sink-buffer.ts';
import { isRepeat, sourceOffsetOf } from './source-offset.ts';
import { isTombstone } from './tombstone.ts';
import { parseWire } from './wire-format.ts';

interface WorkDependencies extends SinkDependencies, WorkContext {
  readonly deadLetterTopic: TopicName;
}

const NOT_AVRO: Refusal = {
  type: 'dead-letter',
  code: 'not_avro',
  message: "the value is not Avro in Confluent's frame",
};
const EMPTY_STORE: SinkPosition = { nextOffset: null, sourceOffset: null };

/** One partition's way into the store. */
export function createSinkWork<N extends NodeName>(
  sink: Sink<N>,
  topic: InputOf<N>,
  partition: number,
  deps: WorkDependencies,
): PartitionWork {
  const { clock, limits, observer } = deps;
  const buffer = createSinkBuffer(limits, () => clock.nowMs());
  /** Where the store stands; undefined until it was asked. */
  let position: SinkPosition | undefined;
  let highestSource: number | null = null;
  /** 'no': fetching must be moved to the store's position. 'sought': it has been, so accept what comes next. */
  let aligned: 'no' | 'sought' | 'yes' = 'no';

  const retrying = <T>(operation: string, lease: Lease, run: () => Promise<T>) =>
    retryWhileOwned(run, {
      clock,
      lease,
      stopping: deps.stopping,
      onFailure: (error: StreamError, attempt: number) =>
        observer.retrying({ topic, partition, operation, error, attempt }),
    });

  const believe = (now: SinkPosition) => {
    position = now;
    highestSource = now.sourceOffset;
  };

  const seekToStore = () => {
    buffer.reset(false);
    deps.consumer.seek(topic, partition, position?.nextOffset ?? 'earliest');
  };

  const admit = async (batch: PartitionBatch, lease: Lease): Promise<boolean> => {
    if (position === undefined) believe(await retrying('open', lease, () => sink.open(topic, partition)));
    const firstOffset = batch.records[0]?.offset ?? batch.nextOffset;
    if (aligned === 'no' && firstOffset > (position?.nextOffset ?? 0)) {
      aligned = 'sought';
      seekToStore();
      return false;
    }
    aligned = 'yes';
    return true;
  };

  const refuse = async (input: InputRecord, refusal: Refusal, lease: Lease) => {
    const letter = toDeadLetter(sink.node, { topic, partition, input }, refusal, clock.nowMs());
    const value = deps.encoder.encode(deps.deadLetterTopic, letter as never);
    const record = { topic: deps.deadLetterTopic, partition, key: null, value };
    await retrying('dead-letter', lease, () => deps.writer.write([record]));
    buffer.count('deadLettered', refusal.code);
  };

  /** The record as the store would take it; null where it has been counted otherwise. */
  const admitRecord = async (input: InputRecord, lease: Lease): Promise<SinkRecord | null> => {
    buffer.taken++;
    if (isTombstone(topic, input)) {
      buffer.count('dropped', 'tombstone');
      return null;
    }
    const wire = parseWire(input.value);
    if (wire === null) {
      await refuse(input, NOT_AVRO, lease);
      return null;
    }
    const sourceOffset = sourceOffsetOf(input);
    if (isRepeat(sourceOffset, highestSource)) {
      buffer.count('dropped', 'repeat');
      return null;
    }
    if (sourceOffset !== null) highestSource = sourceOffset;
    return { input, schemaId: wire.schemaId, datum: wire.datum, sourceOffset };
  };

  const take = async (batch: PartitionBatch, lease: Lease) => {
    const fresh: SinkRecord[] = [];
    for (const input of batch.records) {
      if (input.offset < (position?.nextOffset ?? 0)) continue; // the store has it
      const record = await admitRecord(input, lease);
      if (record !== null) fresh.push(record);
    }
    await retrying('prepare', lease, () => sink.prepare(topic, fresh));
    for (const record of fresh) {
      const refusal = sink.refusalOf(topic, record);
      if (refusal === null) buffer.add(record);
      else await refuse(record.input, refusal, lease);
    }
    buffer.consumed = { lease, nextOffset: batch.nextOffset };
  };

  /** Writes one block; halves it where the store refuses it, until the record that it refuses stands alone. */
  const store = async (records: readonly SinkRecord[], lease: Lease): Promise<boolean> => {
    try {
      const write = { topic, partition, after: position ?? EMPTY_STORE, records };
      position = await retrying('store', lease, () => sink.write(write));
      buffer.tally.emitted += records.length;
      return position.nextOffset === (records.at(-1)?.input.offset ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      const [first] = records;
      if (records.length === 1 && first !== undefined) {
        await refuse(first.input, { type: 'dead-letter', code: error.code, message: error.message }, lease);
        return true;
      }
      const half = records.length >> 1;
      return (await store(records.slice(0, half), lease)) && (await store(records.slice(half), lease));
    }
  };

  const flush = async (queue: PartitionQueue) => {
    if (buffer.consumed === undefined) return;
    const { lease, nextOffset } = buffer.consumed;
    const startedMs = clock.nowMs();
    for (const block of blocksOf(buffer.records, (r) => sink.blockOf(topic, r), limits.maxRows)) {
      if (await store(block, lease)) continue;
      // Somebody else wrote to this partition: the store's word counts, what is held here does not.
      aligned = 'no';
      queue.clear();
      if (position !== undefined) believe(position);
      seekToStore();
      return;
    }
    const { taken: records, tally } = buffer;
    buffer.reset(true);
    deps.committer.done(lease, topic, partition, nextOffset);
    observer.processed({
      topic,
      partition,
      records,
      tally,
      nextOffset,
      durationMs: clock.nowMs() - startedMs,
    });
  };

  return {
    admit,
    async run(queue) {
      for (;;) {
        const dueInMs = buffer.dueInMs();
        const item = dueInMs === 0 ? 'timeout' : await queue.take(dueInMs);
        if (item === 'closed') break;
        if (item === 'timeout') {
          await flush(queue);
          continue;
        }
        if (!item.lease.owned()) throw new LeaseLost();
        await take(item.batch, item.lease);
      }
      if (deps.stopping()) await flush(queue);
    },
  };
}
