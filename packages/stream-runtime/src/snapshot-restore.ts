import type { InputOf, NodeName, OutputOf, RecordOf, TopicName } from '@fineprint/topology';
import type { DecodedRecord } from './outcome.ts';
import type { InputRecord, Lease, SnapshotReader } from './ports.ts';
import type { RecordDecoder } from './record-decoder.ts';
import { LeaseLost } from './retry.ts';
import { readAsOf } from './snapshot-headers.ts';
import type { PartitionHistory, SnapshotStage } from './snapshot-stage.ts';
import { isRepeat, sourceOffsetOf } from './source-offset.ts';

interface Reading {
  readonly snapshotReader: SnapshotReader;
  readonly decoder: RecordDecoder;
  readonly lease: Lease;
}

export interface Restored<State> {
  readonly state: State;
  /** The highest source offset among what the state surely includes; null where none is known. */
  readonly highestSource: number | null;
}

/**
 * Reads a partition's snapshots back. A crash may have left a flush half written. What it was "as of" then says nothing
 * about the keys it did not reach, so only source offsets of flushes before the place we go on from tell repeats.
 */
export async function restoreState<
  N extends NodeName,
  I extends InputOf<N>,
  O extends OutputOf<N, I>,
  State,
  Fact,
>(
  stage: SnapshotStage<N, I, O, State, Fact>,
  partition: number,
  fromOffset: number,
  { snapshotReader, decoder, lease }: Reading,
): Promise<Restored<State>> {
  const topic = stage.snapshots as TopicName;
  const state = stage.createState(partition);
  let seen = -1;
  const take = (record: InputRecord) => {
    if (record.value === null) stage.forget?.(state, record.key?.toString() ?? '');
    else {
      const decoded = decoder.decode(topic, record.value);
      if (!decoded.ok) throw new Error(`${topic}/${partition} offset ${record.offset}: ${decoded.code}`);
      stage.restore(state, decoded.record as RecordOf<O>);
    }
    const asOf = readAsOf(record);
    if (asOf.offset < fromOffset) seen = Math.max(seen, asOf.sourceOffset);
  };
  await snapshotReader.readAll(topic, partition, async (records) => {
    if (!lease.owned()) throw new LeaseLost();
    await decoder.prepare(records.map((r) => r.value));
    records.forEach(take);
  });
  return { state, highestSource: seen === -1 ? null : seen };
}

/** Everything of the input before `endOffset` that Kafka still has, as the stage was shown it: readable, and once. */
export function historyOf<I extends TopicName>(
  topic: I,
  partition: number,
  endOffset: number,
  { snapshotReader, decoder, lease }: Reading,
): PartitionHistory<I> {
  return {
    endOffset,
    async read(onRecords) {
      let highestSource: number | null = null;
      const readable = (input: InputRecord): DecodedRecord<I>[] => {
        const decoded = decoder.decode(topic, input.value);
        const sourceOffset = sourceOffsetOf(input);
        if (!decoded.ok || isRepeat(sourceOffset, highestSource)) return [];
        if (sourceOffset !== null) highestSource = sourceOffset;
        return [{ topic, partition, input, record: decoded.record as RecordOf<I> }];
      };
      await snapshotReader.readBefore(topic, partition, endOffset, async (records) => {
        if (!lease.owned()) throw new LeaseLost();
        await decoder.prepare(records.map((r) => r.value));
        onRecords(records.flatMap(readable));
      });
    },
  };
}
