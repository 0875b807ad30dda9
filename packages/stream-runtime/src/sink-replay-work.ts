import type { NodeName, ReplayTopic } from '@fineprint/topology';
import { type Account, createAccount } from './account.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import type { StreamError } from './errors.ts';
import type { IdHash } from './id-sum.ts';
import { workOn } from './ledger.ts';
import type { Refusal } from './outcome.ts';
import type { PartitionWork } from './partition-workers.ts';
import type { InputRecord, Lease } from './ports.ts';
import { recordIdOf } from './record-id.ts';
import { refusalRecords } from './refuse.ts';
import { MISPLACED, replayedOf } from './replayed.ts';
import { LeaseLost, retryWhileOwned } from './retry.ts';
import type { WorkContext } from './run-partitions.ts';
import type { SinkDependencies } from './run-sink.ts';
import { PoisonError, type Sink, type SinkInput } from './sink.ts';
import { type Restored, restoreRecord } from './sink-restore.ts';
import { NOT_AVRO, type SinkShared } from './sink-work.ts';
import { sourceOffsetOf } from './source-offset.ts';
import { parseWire } from './wire-format.ts';

/** A dead letter's record, where it lay. */
interface Replayed<N extends NodeName> {
  readonly topic: SinkInput<N>;
  readonly input: InputRecord;
}

/**
 * One partition of a sink's replay topic: its own dead letters, each to be stored at the place where it was refused. A
 * letter comes in the partition number of its record, so one worker decides on all letters of a place, one by one.
 */
export function createSinkReplayWork<N extends NodeName>(
  sink: Sink<N>,
  replayTopic: ReplayTopic,
  partition: number,
  deps: SinkDependencies & WorkContext & SinkShared,
): PartitionWork {
  const { clock, observer, decoder } = deps;

  const retrying = <T>(operation: string, lease: Lease, run: () => Promise<T>) =>
    retryWhileOwned(run, {
      clock,
      lease,
      stopping: deps.stopping,
      onFailure: (error: StreamError, attempt: number) =>
        observer.retrying({ topic: replayTopic, partition, operation, error, attempt }),
    });

  const refuse = async (
    at: Parameters<typeof refusalRecords>[2],
    refusal: Refusal,
    lease: Lease,
  ): Promise<void> => {
    const records = refusalRecords(sink.node, deps.encoder, at, refusal, clock.nowMs());
    await retrying('dead-letter', lease, () => deps.writer.write(records));
  };

  const restore = async (replayed: Replayed<N>, lease: Lease): Promise<Restored> => {
    const { topic, input } = replayed;
    const wire = parseWire(input.value);
    if (wire === null) return { refused: NOT_AVRO };
    const record = {
      input,
      schemaId: wire.schemaId,
      datum: wire.datum,
      sourceOffset: sourceOffsetOf(input),
      id: recordIdOf(input.value),
    };
    await retrying('prepare', lease, () => sink.prepare(topic, [record], partition));
    const refusal = sink.refusalOf(topic, record);
    if (refusal !== null) return { refused: refusal };
    try {
      return await retrying('store', lease, () =>
        restoreRecord(sink, { topic, partition, record }, deps, lease),
      );
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      return { refused: { type: 'dead-letter', code: error.code, message: error.message } };
    }
  };

  const count = (account: Account, restored: Restored, topic: SinkInput<N>, id: IdHash | null) => {
    if (restored === 'stored') account.add('stored', sink.targetOf(topic), id);
    else if (restored === 'held') account.add('dropped', 'already_stored', id);
    else account.add('dead_lettered', restored.refused.code, id);
  };

  const handle = async (record: InputRecord, account: Account, lease: Lease) => {
    const decoded = decoder.decode(replayTopic, record.value);
    const letter = decoded.ok ? decoded.record : null;
    const replayed =
      letter === null ? null : (replayedOf(sink.node, letter, partition) as Replayed<N> | null);
    const id = recordIdOf(letter?.value ?? null);
    account.take(id);
    if (replayed === null) {
      const at = { topic: replayTopic, partition, input: record };
      const code = decoded.ok ? undefined : decoded.code;
      const refusal =
        code === undefined ? MISPLACED : ({ ...MISPLACED, code, message: DECODE_MESSAGES[code] } as const);
      await refuse(at, refusal, lease);
      account.add('dead_lettered', refusal.code, id);
      return;
    }
    const restored = await restore(replayed, lease);
    if (typeof restored === 'object' && restored.isWritten !== true)
      await refuse({ topic: replayed.topic, partition, input: replayed.input }, restored.refused, lease);
    count(account, restored, replayed.topic, id);
  };

  return {
    async run(queue) {
      for (;;) {
        const item = await queue.take(Number.POSITIVE_INFINITY);
        if (item === 'closed') return;
        if (item === 'timeout') continue;
        const { batch, lease } = item;
        if (!lease.owned()) throw new LeaseLost();
        const startedMs = clock.nowMs();
        await retrying('decode', lease, () => decoder.prepare(batch.records.map((r) => r.value)));
        const account = createAccount();
        for (const record of batch.records) await handle(record, account, lease);
        const work = workOn(batch.records, batch.nextOffset, account);
        deps.committer.done(lease, replayTopic, partition, work);
        const durationMs = clock.nowMs() - startedMs;
        observer.processed({
          topic: replayTopic,
          partition,
          account,
          nextOffset: batch.nextOffset,
          traced: work.traced,
          durationMs,
        });
      }
    },
  };
}
