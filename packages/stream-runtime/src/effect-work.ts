import type { InputOf, NodeName, RecordOf, TopicName } from '@fineprint/topology';
import { type Account, createAccount } from './account.ts';
import { takeRecord } from './claimed.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import type { EffectStage } from './effect-stage.ts';
import type { StreamError } from './errors.ts';
import { workOn } from './ledger.ts';
import type { DecodedRecord, Refusal } from './outcome.ts';
import type { QueuedBatch } from './partition-queue.ts';
import type { PartitionWork } from './partition-workers.ts';
import type { InputRecord, Lease, OutputRecord } from './ports.ts';
import { recordIdOf } from './record-id.ts';
import { refusalRecords } from './refuse.ts';
import { LeaseLost, retryWhileOwned, sleep } from './retry.ts';
import type { EffectDependencies } from './run-effects.ts';
import type { WorkContext } from './run-partitions.ts';
import { PoisonError } from './sink.ts';
import { isTombstone } from './tombstone.ts';

const FRESHNESS_CHECK_MS = 100;

/** One partition of a stage whose state lives in a store outside. */
export function createEffectWork<N extends NodeName, I extends InputOf<N>>(
  stage: EffectStage<N, I>,
  partition: number,
  deps: EffectDependencies & WorkContext,
): PartitionWork {
  const { clock, observer, decoder, encoder } = deps;
  const topic: TopicName = stage.input;

  const retrying = <T>(operation: string, lease: Lease, run: () => Promise<T>) =>
    retryWhileOwned(run, {
      clock,
      lease,
      stopping: deps.stopping,
      onFailure: (error: StreamError, attempt: number) =>
        observer.retrying({ topic, partition, operation, error, attempt }),
    });

  const refuse = (input: InputRecord, refusal: Refusal, account: Account): OutputRecord[] => {
    account.add('dead_lettered', refusal.code, recordIdOf(input.value));
    return refusalRecords(stage.node, encoder, { topic, partition, input }, refusal, clock.nowMs());
  };

  /** The records that the store may see; the others have their outcome. */
  const admit = (records: readonly InputRecord[], writes: OutputRecord[], account: Account) =>
    records.flatMap((input): DecodedRecord<I>[] => {
      takeRecord(account, input, recordIdOf(input.value));
      if (isTombstone(topic, input)) {
        account.add('dropped', 'tombstone', null);
        return [];
      }
      const decoded = decoder.decode(topic, input.value);
      if (!decoded.ok) {
        const message = DECODE_MESSAGES[decoded.code];
        writes.push(...refuse(input, { type: 'dead-letter', code: decoded.code, message }, account));
        return [];
      }
      const record = decoded.record as RecordOf<I>;
      const outcome = stage.admit(record);
      if (outcome === 'apply') return [{ topic: stage.input, partition, input, record }];
      if (outcome.type === 'drop') account.add('dropped', outcome.reason, recordIdOf(input.value));
      else writes.push(...refuse(input, outcome, account));
      return [];
    });

  /** Applies what can be; what the store refuses is found by halving. */
  const apply = async (
    records: readonly DecodedRecord<I>[],
    lease: Lease,
    account: Account,
  ): Promise<OutputRecord[]> => {
    if (records.length === 0) return [];
    try {
      const emissions = await retrying('apply', lease, () => stage.apply(records));
      for (const { input } of records) account.add('applied', '', recordIdOf(input.value));
      return emissions.map(({ to, key, record }) => {
        const value = encoder.encode(to as TopicName, record as RecordOf<TopicName>);
        account.add('published', to, recordIdOf(value));
        return { topic: to, partition, key: Buffer.from(key), value, timestampMs: clock.nowMs() };
      });
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      const [first] = records;
      if (records.length === 1 && first !== undefined)
        return refuse(
          first.input,
          { type: 'dead-letter', code: error.code, message: error.message },
          account,
        );
      const half = records.length >> 1;
      return [
        ...(await apply(records.slice(0, half), lease, account)),
        ...(await apply(records.slice(half), lease, account)),
      ];
    }
  };

  const handle = async ({ batch, lease }: QueuedBatch) => {
    await retrying('decode', lease, () => decoder.prepare(batch.records.map((r) => r.value)));
    for (let from = 0; from < batch.records.length; from += deps.maxRecords) {
      if (!lease.owned()) throw new LeaseLost();
      const startedMs = clock.nowMs();
      const records = batch.records.slice(from, from + deps.maxRecords);
      const isLast = from + deps.maxRecords >= batch.records.length;
      const nextOffset = isLast ? batch.nextOffset : (records.at(-1)?.offset ?? 0) + 1;
      const account = createAccount();
      const writes: OutputRecord[] = [];
      const admitted = admit(records, writes, account);
      writes.push(...(await apply(admitted, lease, account)));
      // Whoever was frozen here may have been replaced, and its news may be old: compaction would keep the last of a key.
      await retrying('write', lease, async () => {
        while (lease.owned() && !lease.fresh()) await sleep(clock, FRESHNESS_CHECK_MS);
        if (!lease.owned()) throw new LeaseLost();
        await deps.writer.write(writes);
      });
      deps.committer.done(lease, topic, partition, workOn(records, nextOffset, account));
      const durationMs = clock.nowMs() - startedMs;
      observer.processed({ topic, partition, account, nextOffset, durationMs });
    }
  };

  return {
    async run(queue) {
      for (;;) {
        const item = await queue.take(Number.POSITIVE_INFINITY);
        if (item === 'closed') return;
        if (item === 'timeout') continue;
        if (!item.lease.owned()) throw new LeaseLost();
        await handle(item);
      }
    },
  };
}
