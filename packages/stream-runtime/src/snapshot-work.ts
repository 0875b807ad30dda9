import {
  type InputOf,
  type NodeName,
  nodes,
  type OutputOf,
  type RecordOf,
  type TopicName,
} from '@fineprint/topology';
import { toDeadLetter } from './dead-letter.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import type { StreamError } from './errors.ts';
import type { DecodedRecord, Refusal } from './outcome.ts';
import type { QueuedBatch } from './partition-queue.ts';
import type { PartitionWork } from './partition-workers.ts';
import type { InputRecord, Lease, OutputRecord } from './ports.ts';
import type { Tally } from './process-batch.ts';
import { LeaseLost, retryWhileOwned, sleep } from './retry.ts';
import type { WorkContext } from './run-partitions.ts';
import type { SnapshotDependencies } from './run-snapshots.ts';
import type { AsOf, SnapshotStage } from './snapshot-stage.ts';
import { isRepeat, sourceOffsetOf } from './source-offset.ts';

/** What a snapshot's partition had read when it was written: its last offset, and the highest source offset. */
const AS_OF_HEADER = 'fp-as-of';
const AS_OF_SOURCE_HEADER = 'fp-as-of-source';
const FRESHNESS_CHECK_MS = 100;

/** What has been applied and is not yet written. */
interface Unwritten {
  readonly lease: Lease;
  readonly sinceMs: number;
  nextOffset: number;
  records: number;
  readonly tally: Tally;
  readonly deadLetters: OutputRecord[];
}

/** One partition of a stateful stage. */
export function createSnapshotWork<
  N extends NodeName,
  I extends InputOf<N>,
  O extends OutputOf<N, I>,
  State,
  Fact,
>(
  stage: SnapshotStage<N, I, O, State, Fact>,
  partition: number,
  deps: SnapshotDependencies & WorkContext,
): PartitionWork {
  const { clock, observer, decoder, encoder } = deps;
  const topic = stage.input as TopicName;
  const snapshots = stage.snapshots as TopicName;
  let state: State | undefined;
  let highestSource: number | null = null;
  let unwritten: Unwritten | undefined;

  const retrying = <T>(operation: string, lease: Lease, run: () => Promise<T>) =>
    retryWhileOwned(run, {
      clock,
      lease,
      stopping: deps.stopping,
      onFailure: (error: StreamError, attempt: number) =>
        observer.retrying({ topic, partition, operation, error, attempt }),
    });

  /**
   * A crash may have left a flush half written. What it was "as of" then says nothing about the keys it did not reach, so
   * only source offsets of flushes before the place we go on from tell repeats.
   */
  const restore = async (fromOffset: number): Promise<State> => {
    const fresh = stage.createState(partition);
    let seen = -1;
    await deps.snapshotReader.readAll(snapshots, partition, async (records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const record of records) {
        const decoded = decoder.decode(snapshots, record.value);
        if (!decoded.ok)
          throw new Error(`${snapshots}/${partition} offset ${record.offset}: ${decoded.code}`);
        stage.restore(fresh, decoded.record as RecordOf<O>);
        if (headerOf(record, AS_OF_HEADER) < fromOffset)
          seen = Math.max(seen, headerOf(record, AS_OF_SOURCE_HEADER));
      }
    });
    highestSource = seen === -1 ? null : seen;
    return fresh;
  };

  const refuse = (input: InputRecord, refusal: Refusal, into: Unwritten) => {
    into.tally.deadLettered[refusal.code] = (into.tally.deadLettered[refusal.code] ?? 0) + 1;
    const letter = toDeadLetter(stage.node, { topic, partition, input }, refusal, clock.nowMs());
    const deadLetter = nodes[stage.node].deadLetter;
    into.deadLetters.push({
      topic: deadLetter,
      partition,
      key: null,
      value: encoder.encode(deadLetter, letter),
    });
  };

  const drop = (reason: string, into: Unwritten) => {
    into.tally.dropped[reason] = (into.tally.dropped[reason] ?? 0) + 1;
  };

  /** The records that count: readable, and seen for the first time. */
  const readable = (records: readonly InputRecord[], into: Unwritten): DecodedRecord<I>[] =>
    records.flatMap((input): DecodedRecord<I>[] => {
      const decoded = decoder.decode(topic, input.value);
      if (!decoded.ok) {
        refuse(
          input,
          { type: 'dead-letter', code: decoded.code, message: DECODE_MESSAGES[decoded.code] },
          into,
        );
        return [];
      }
      const sourceOffset = sourceOffsetOf(input);
      if (isRepeat(sourceOffset, highestSource)) {
        drop('repeat', into);
        return [];
      }
      if (sourceOffset !== null) highestSource = sourceOffset;
      return [{ topic: stage.input, partition, input, record: decoded.record as RecordOf<I> }];
    });

  const apply = async ({ batch, lease }: QueuedBatch, current: State) => {
    await retrying('decode', lease, () => decoder.prepare(batch.records.map((r) => r.value)));
    unwritten ??= {
      lease,
      sinceMs: clock.nowMs(),
      nextOffset: batch.nextOffset,
      records: 0,
      tally: { emitted: 0, dropped: {}, deadLettered: {} },
      deadLetters: [],
    };
    const into = unwritten;
    const records = readable(batch.records, into);
    const facts = await retrying('lookup', lease, () => stage.lookup(records));
    const nowMs = clock.nowMs();
    for (const [i, record] of records.entries()) {
      const outcome = stage.apply(current, record, { fact: facts[i] as Fact, nowMs });
      if (outcome === 'applied') into.tally.emitted++;
      else if (outcome.type === 'drop') drop(outcome.reason, into);
      else refuse(record.input, outcome, into);
    }
    into.nextOffset = batch.nextOffset;
    into.records += batch.records.length;
  };

  const toRecord = ({ key, record }: { key: string; record: RecordOf<O> }, asOf: AsOf): OutputRecord => ({
    topic: snapshots,
    partition,
    key: Buffer.from(key),
    value: encoder.encode(stage.snapshots, record),
    headers: { [AS_OF_HEADER]: String(asOf.offset), [AS_OF_SOURCE_HEADER]: String(asOf.sourceOffset) },
    timestampMs: clock.nowMs(),
  });

  const flush = async () => {
    if (unwritten === undefined || state === undefined) return;
    const { lease, nextOffset, records, tally, deadLetters } = unwritten;
    const startedMs = clock.nowMs();
    const asOf = { offset: nextOffset - 1, sourceOffset: highestSource ?? -1 };
    const changed = stage.takeSnapshots(state, asOf, startedMs);
    const writes = [...deadLetters, ...changed.map((c) => toRecord(c, asOf))];
    while (lease.owned() && !lease.fresh()) await sleep(clock, FRESHNESS_CHECK_MS);
    await retrying('write', lease, () => deps.writer.write(writes));
    unwritten = undefined;
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

  const flushDueInMs = () =>
    unwritten === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(0, unwritten.sinceMs + deps.flushIntervalMs - clock.nowMs());

  return {
    async admit(batch, lease) {
      const fromOffset = batch.records[0]?.offset ?? batch.nextOffset;
      state ??= await retrying('restore', lease, () => restore(fromOffset));
      return true;
    },
    async run(queue) {
      for (;;) {
        const dueInMs = flushDueInMs();
        const item = dueInMs === 0 ? 'timeout' : await queue.take(dueInMs);
        if (item === 'closed') break;
        if (item === 'timeout') {
          await flush();
          continue;
        }
        if (!item.lease.owned()) throw new LeaseLost();
        if (state !== undefined) await apply(item, state);
      }
      if (deps.stopping()) await flush();
    },
  };
}

function headerOf(record: InputRecord, name: string): number {
  const header = record.headers[name];
  return header === undefined ? -1 : Number(header.toString());
}
