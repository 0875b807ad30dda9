import {
  deadLetterOf,
  type InputOf,
  type NodeName,
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
import type { InputRecord, OutputRecord, PartitionBatch } from './ports.ts';
import type { Tally } from './process-batch.ts';
import { LeaseLost, retryWhileOwned, sleep } from './retry.ts';
import type { WorkContext } from './run-partitions.ts';
import type { SnapshotDependencies } from './run-snapshots.ts';
import { asOfHeaders } from './snapshot-headers.ts';
import { historyOf, restoreState } from './snapshot-restore.ts';
import type { AsOf, SnapshotStage } from './snapshot-stage.ts';
import { isRepeat, sourceOffsetOf } from './source-offset.ts';
import { isTombstone } from './tombstone.ts';

const FRESHNESS_CHECK_MS = 100;

/** What has been applied and is not yet written. */
interface Unwritten {
  readonly sinceMs: number;
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
  const { clock, observer, decoder, encoder, lease } = deps;
  const topic = stage.input as TopicName;
  const snapshots = stage.snapshots as TopicName;
  let highestSource: number | null = null;
  let nextOffset = 0;
  let preparedAtMs = clock.nowMs();
  let unwritten: Unwritten | undefined;
  /** Something was tried again since the last flush; the next one tells the observer that it is over. */
  let failed = false;

  const retrying = <T>(operation: string, run: () => Promise<T>) =>
    retryWhileOwned(run, {
      clock,
      lease,
      stopping: deps.stopping,
      onFailure: (error: StreamError, attempt: number) => {
        failed = true;
        observer.retrying({ topic, partition, operation, error, attempt });
      },
    });

  const restore = async (): Promise<State> => {
    nextOffset = (await deps.consumer.committed(topic, partition)) ?? 0;
    const restored = await restoreState(stage, partition, nextOffset, deps);
    highestSource = restored.highestSource;
    return restored.state;
  };

  const begin = (): Unwritten => {
    unwritten ??= {
      sinceMs: clock.nowMs(),
      records: 0,
      tally: { emitted: 0, dropped: {}, deadLettered: {} },
      deadLetters: [],
    };
    return unwritten;
  };

  const prepare = async (state: State, endOffset: number) => {
    const history = historyOf(stage.input, partition, endOffset, deps);
    const changed = await retrying('prepare', async () => stage.prepare?.(state, history) ?? false);
    if (changed || failed) begin();
    failed = false;
    preparedAtMs = clock.nowMs();
  };

  const refuse = (input: InputRecord, refusal: Refusal, into: Unwritten) => {
    into.tally.deadLettered[refusal.code] = (into.tally.deadLettered[refusal.code] ?? 0) + 1;
    const letter = toDeadLetter(stage.node, { topic, partition, input }, refusal, clock.nowMs());
    const deadLetter = deadLetterOf(stage.node);
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
      if (isTombstone(topic, input)) {
        drop('tombstone', into);
        return [];
      }
      const decoded = decoder.decode(topic, input.value);
      if (!decoded.ok) {
        const { code } = decoded;
        refuse(input, { type: 'dead-letter', code, message: DECODE_MESSAGES[code] }, into);
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

  const apply = async (batch: PartitionBatch, state: State) => {
    await retrying('decode', () => decoder.prepare(batch.records.map((r) => r.value)));
    const into = begin();
    const records = readable(batch.records, into);
    const facts = await retrying('lookup', () => stage.lookup(records));
    const nowMs = clock.nowMs();
    for (const [i, record] of records.entries()) {
      const outcome = stage.apply(state, record, { fact: facts[i] as Fact, nowMs });
      if (outcome === 'applied') into.tally.emitted++;
      else if (outcome.type === 'drop') drop(outcome.reason, into);
      else refuse(record.input, outcome, into);
    }
    nextOffset = batch.nextOffset;
    into.records += batch.records.length;
  };

  const toRecord = (
    { key, record }: { key: string; record: RecordOf<O> | null },
    asOf: AsOf,
  ): OutputRecord => ({
    topic: snapshots,
    partition,
    key: Buffer.from(key),
    value: record === null ? null : encoder.encode(stage.snapshots, record),
    headers: asOfHeaders(asOf),
    timestampMs: clock.nowMs(),
  });

  const write = async (records: readonly OutputRecord[]) => {
    while (lease.owned() && !lease.fresh()) await sleep(clock, FRESHNESS_CHECK_MS);
    await retrying('write', () => deps.writer.write(records));
  };

  const flush = async (state: State) => {
    if (unwritten === undefined) return;
    const { records, tally, deadLetters } = unwritten;
    const startedMs = clock.nowMs();
    const asOf = { offset: nextOffset - 1, sourceOffset: highestSource ?? -1 };
    if (deadLetters.length > 0) await write(deadLetters);
    for (;;) {
      const changed = stage.takeSnapshots(state, asOf, startedMs);
      if (changed.length === 0) break;
      await write(changed.map((c) => toRecord(c, asOf)));
    }
    unwritten = undefined;
    failed = false;
    if (records > 0) deps.committer.done(lease, topic, partition, nextOffset);
    const durationMs = clock.nowMs() - startedMs;
    observer.processed({ topic, partition, records, tally, nextOffset, durationMs });
  };

  const flushDueInMs = () =>
    unwritten === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(0, unwritten.sinceMs + deps.flushIntervalMs - clock.nowMs());

  const prepareDueInMs = () =>
    stage.prepare === undefined || deps.prepareIntervalMs === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(0, preparedAtMs + deps.prepareIntervalMs - clock.nowMs());

  const doWhatIsDue = async (state: State) => {
    if (flushDueInMs() === 0) await flush(state);
    if (prepareDueInMs() === 0) await prepare(state, nextOffset);
  };

  const take = async ({ batch, lease: current }: QueuedBatch, state: State) => {
    if (!current.owned()) throw new LeaseLost();
    await prepare(state, batch.records[0]?.offset ?? batch.nextOffset);
    await apply(batch, state);
  };

  return {
    async run(queue) {
      const state = await retrying('restore', restore);
      await prepare(state, nextOffset);
      for (;;) {
        const dueInMs = Math.min(flushDueInMs(), prepareDueInMs());
        const item = dueInMs === 0 ? 'timeout' : await queue.take(dueInMs);
        if (item === 'closed') break;
        await (item === 'timeout' ? doWhatIsDue(state) : take(item, state));
      }
      if (deps.stopping()) await flush(state);
    },
  };
}
