import type { InputOf, NodeName, OutputOf, RecordOf, TopicName } from '@fineprint/topology';
import { type Account, createAccount } from './account.ts';
import { takeRecord } from './claimed.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import type { StreamError } from './errors.ts';
import type { IdHash } from './id-sum.ts';
import { extendedRead, type ReadWork, workOn } from './ledger.ts';
import type { DecodedRecord, Refusal } from './outcome.ts';
import type { QueuedBatch } from './partition-queue.ts';
import type { PartitionWork } from './partition-workers.ts';
import type { InputRecord, OutputRecord, PartitionBatch } from './ports.ts';
import { recordIdOf } from './record-id.ts';
import { refusalRecords } from './refuse.ts';
import { LeaseLost, retryWhileOwned, sleep } from './retry.ts';
import type { WorkContext } from './run-partitions.ts';
import type { SnapshotDependencies } from './run-snapshots.ts';
import { asOfHeaders } from './snapshot-headers.ts';
import { historyOf, restoreState } from './snapshot-restore.ts';
import type { AsOf, Snapshot, SnapshotStage } from './snapshot-stage.ts';
import { isRepeat, sourceOffsetOf } from './source-offset.ts';
import { isTombstone } from './tombstone.ts';
import { waitMs } from './wait-ms.ts';

const FRESHNESS_CHECK_MS = 100;
/** A partition that is behind writes so many times less often: what changed several times meanwhile is written once. */
const BEHIND_FACTOR = 10;

/** What has been applied and is not yet written. */
interface Unwritten {
  readonly sinceMs: number;
  readonly account: Account;
  /** The places and times of the records; none where only the state's configuration changed. */
  work: ReadWork | undefined;
  /** Dead letters and their notes. */
  readonly refusals: OutputRecord[];
}

interface Taken {
  readonly input: InputRecord;
  readonly id: IdHash | null;
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
  let isBehind = false;
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
      account: createAccount(),
      work: undefined,
      refusals: [],
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

  const refuse = ({ input, id }: Taken, refusal: Refusal, into: Unwritten) => {
    into.account.add('dead_lettered', refusal.code, id);
    const at = { topic, partition, input };
    into.refusals.push(...refusalRecords(stage.node, encoder, at, refusal, clock.nowMs()));
  };

  /** A record that counts: it can be read, and is seen for the first time. Null where it ended here. */
  const read = (taken: Taken, into: Unwritten): RecordOf<I> | null => {
    const { input, id } = taken;
    takeRecord(into.account, input, id);
    if (isTombstone(topic, input)) {
      into.account.add('dropped', 'tombstone', id);
      return null;
    }
    const decoded = decoder.decode(topic, input.value);
    if (!decoded.ok) {
      const { code } = decoded;
      refuse(taken, { type: 'dead-letter', code, message: DECODE_MESSAGES[code] }, into);
      return null;
    }
    const sourceOffset = sourceOffsetOf(input);
    if (isRepeat(sourceOffset, highestSource)) {
      into.account.add('dropped', 'repeat', id);
      return null;
    }
    if (sourceOffset !== null) highestSource = sourceOffset;
    return decoded.record as RecordOf<I>;
  };

  const apply = async (batch: PartitionBatch, state: State) => {
    await retrying('decode', () => decoder.prepare(batch.records.map((r) => r.value)));
    const into = begin();
    const records: DecodedRecord<I>[] = [];
    const taken: Taken[] = [];
    for (const input of batch.records) {
      const one = { input, id: recordIdOf(input.value) };
      const record = read(one, into);
      if (record === null) continue;
      records.push({ topic: stage.input, partition, input, record });
      taken.push(one);
    }
    const facts = await retrying('lookup', () => stage.lookup(records));
    const nowMs = clock.nowMs();
    for (let i = 0; i < records.length; i++) {
      const outcome = stage.apply(state, records[i] as DecodedRecord<I>, { fact: facts[i] as Fact, nowMs });
      const one = taken[i] as Taken;
      if (outcome === 'applied') into.account.add('applied', '', one.id);
      else if (outcome.type === 'drop') into.account.add('dropped', outcome.reason, one.id);
      else refuse(one, outcome, into);
    }
    nextOffset = batch.nextOffset;
    into.work = extendedRead(into.work, workOn(batch.records, batch.nextOffset, into.account));
  };

  const toRecords = (changed: readonly Snapshot<O>[], asOf: AsOf): OutputRecord[] => {
    const headers = asOfHeaders(asOf);
    const timestampMs = clock.nowMs();
    return changed.map(({ key, record }) => ({
      topic: snapshots,
      partition,
      key: Buffer.from(key),
      value: record === null ? null : encoder.encode(stage.snapshots, record),
      headers,
      timestampMs,
    }));
  };

  const write = async (records: readonly OutputRecord[]) => {
    await retrying('write', async () => {
      // Before each try: a process may be frozen, and replaced, between two.
      while (lease.owned() && !lease.fresh()) await sleep(clock, FRESHNESS_CHECK_MS);
      if (!lease.owned()) throw new LeaseLost();
      await deps.writer.write(records);
    });
  };

  const flush = async (state: State) => {
    if (unwritten === undefined) return;
    const { account, work, refusals } = unwritten;
    const startedMs = clock.nowMs();
    const asOf = { offset: nextOffset - 1, sourceOffset: highestSource ?? -1 };
    if (refusals.length > 0) await write(refusals);
    for (;;) {
      const changed = stage.takeSnapshots(state, asOf, startedMs);
      if (changed.length === 0) break;
      const snapshotRecords = toRecords(changed, asOf);
      await write(snapshotRecords);
      for (const { value } of snapshotRecords) account.add('published', snapshots, recordIdOf(value));
    }
    unwritten = undefined;
    failed = false;
    if (work !== undefined) deps.committer.done(lease, topic, partition, work);
    const durationMs = clock.nowMs() - startedMs;
    const traced = work?.traced ?? [];
    observer.processed({ topic, partition, account, nextOffset, traced, durationMs });
  };

  const flushDueInMs = () => {
    if (unwritten === undefined) return Number.POSITIVE_INFINITY;
    const intervalMs = isBehind ? BEHIND_FACTOR * deps.flushIntervalMs : deps.flushIntervalMs;
    return waitMs(unwritten.sinceMs + intervalMs, clock.nowMs(), intervalMs);
  };

  const prepareDueInMs = () =>
    stage.prepare === undefined || deps.prepareIntervalMs === undefined
      ? Number.POSITIVE_INFINITY
      : waitMs(preparedAtMs + deps.prepareIntervalMs, clock.nowMs(), deps.prepareIntervalMs);

  const doWhatIsDue = async (state: State) => {
    if (flushDueInMs() === 0) await flush(state);
    if (prepareDueInMs() === 0) await prepare(state, nextOffset);
  };

  const take = async ({ batch, lease: current }: QueuedBatch, state: State) => {
    if (!current.owned()) throw new LeaseLost();
    await prepare(state, batch.records[0]?.offset ?? batch.nextOffset);
    await apply(batch, state);
    isBehind = batch.nextOffset < batch.highWatermark;
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
