import type { NodeName, RecordOf, TopicName } from '@fineprint/topology';
import { type Account, createAccount } from './account.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import { createEffectInput, type OpenedRecord } from './effect-input.ts';
import type { Effect, EffectInput, EffectStage } from './effect-stage.ts';
import type { StreamError } from './errors.ts';
import { workOn } from './ledger.ts';
import type { DecodedRecord, Refusal } from './outcome.ts';
import type { QueuedBatch } from './partition-queue.ts';
import type { PartitionWork } from './partition-workers.ts';
import type { Lease, OutputRecord } from './ports.ts';
import { recordIdOf } from './record-id.ts';
import { refusalRecords } from './refuse.ts';
import { LeaseLost, retryWhileOwned, sleep } from './retry.ts';
import type { EffectDependencies } from './run-effects.ts';
import type { WorkContext } from './run-partitions.ts';
import { PoisonError } from './sink.ts';
import { isTombstone } from './tombstone.ts';

const FRESHNESS_CHECK_MS = 100;

/** One partition of a stage whose effect is outside: of its input, or of the topic that brings back what it refused. */
export function createEffectWork<N extends NodeName, I extends EffectInput<N>>(
  stage: EffectStage<N, I>,
  topic: TopicName,
  partition: number,
  deps: EffectDependencies & WorkContext,
): PartitionWork {
  const { clock, observer, decoder, encoder } = deps;
  const reader = createEffectInput(stage.node, topic, partition, decoder);

  const onFailure = (operation: string) => (error: StreamError, attempt: number) =>
    observer.retrying({ topic, partition, operation, error, attempt });

  const retrying = <T>(operation: string, lease: Lease, run: () => Promise<T>) =>
    retryWhileOwned(run, { clock, lease, stopping: deps.stopping, onFailure: onFailure(operation) });

  const refuse = (at: OpenedRecord['at'], refusal: Refusal, account: Account): OutputRecord[] => {
    account.add('dead_lettered', refusal.code, recordIdOf(at.input.value));
    return refusalRecords(stage.node, encoder, at, refusal, clock.nowMs());
  };

  /** The records that may take effect; the others have their outcome. */
  const admit = (opened: readonly OpenedRecord[], writes: OutputRecord[], account: Account) =>
    opened.flatMap((one): DecodedRecord<I>[] => {
      const { at, refusal } = one;
      reader.take(account, one);
      if (refusal !== null) {
        writes.push(...refuse(at, refusal, account));
        return [];
      }
      if (isTombstone(at.topic, at.input)) {
        account.add('dropped', 'tombstone', null);
        return [];
      }
      const decoded = decoder.decode(at.topic, at.input.value);
      if (!decoded.ok) {
        const message = DECODE_MESSAGES[decoded.code];
        writes.push(...refuse(at, { type: 'dead-letter', code: decoded.code, message }, account));
        return [];
      }
      const record = decoded.record as RecordOf<I>;
      const outcome = stage.admit(record);
      if (outcome === 'apply') return [{ topic: stage.input, partition, input: at.input, record }];
      if (outcome.type === 'drop') account.add('dropped', outcome.reason, recordIdOf(at.input.value));
      else writes.push(...refuse(at, outcome, account));
      return [];
    });

  /** Counts what became of the records of an effect, and writes down what is refused and published. */
  const settle = (
    records: readonly DecodedRecord<I>[],
    { emissions, others }: Effect<TopicName>,
    account: Account,
  ): OutputRecord[] => {
    const letters = records.flatMap((at, index) => {
      const other = others?.get(index);
      if (other?.type === 'dead-letter') return refuse(at, other, account);
      const id = recordIdOf(at.input.value);
      if (other === undefined) account.add('applied', '', id);
      else account.add('dropped', other.reason, id);
      return [];
    });
    const news = emissions.map(({ to, key, record }) => {
      const value = encoder.encode(to, record as RecordOf<TopicName>);
      account.add('published', to, recordIdOf(value));
      return { topic: to, partition, key: Buffer.from(key), value, timestampMs: clock.nowMs() };
    });
    return [...letters, ...news];
  };

  /** Applies what can be; a batch that is refused as a whole is halved. */
  const apply = async (
    records: readonly DecodedRecord<I>[],
    lease: Lease,
    account: Account,
  ): Promise<OutputRecord[]> => {
    if (records.length === 0) return [];
    const attempt = { lease, stopping: deps.stopping, onFailure: onFailure('apply') };
    try {
      const effect = await retrying('apply', lease, () => stage.apply(records, attempt));
      return settle(records, effect as Effect<TopicName>, account);
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      const [first] = records;
      if (records.length === 1 && first !== undefined)
        return refuse(first, { type: 'dead-letter', code: error.code, message: error.message }, account);
      const half = records.length >> 1;
      return [
        ...(await apply(records.slice(0, half), lease, account)),
        ...(await apply(records.slice(half), lease, account)),
      ];
    }
  };

  const handle = async ({ batch, lease }: QueuedBatch) => {
    const opened = await retrying('decode', lease, () => reader.open(batch.records));
    for (let from = 0; from < batch.records.length; from += deps.maxRecords) {
      if (!lease.owned()) throw new LeaseLost();
      const startedMs = clock.nowMs();
      const records = batch.records.slice(from, from + deps.maxRecords);
      const isLast = from + deps.maxRecords >= batch.records.length;
      const nextOffset = isLast ? batch.nextOffset : (records.at(-1)?.offset ?? 0) + 1;
      const account = createAccount();
      const writes: OutputRecord[] = [];
      const admitted = admit(opened.slice(from, from + deps.maxRecords), writes, account);
      writes.push(...(await apply(admitted, lease, account)));
      // Whoever was frozen here may have been replaced, and its news may be old: compaction would keep the last of a key.
      await retrying('write', lease, async () => {
        while (lease.owned() && !lease.fresh()) await sleep(clock, FRESHNESS_CHECK_MS);
        if (!lease.owned()) throw new LeaseLost();
        await deps.writer.write(writes);
      });
      const work = workOn(records, nextOffset, account);
      deps.committer.done(lease, topic, partition, work);
      const durationMs = clock.nowMs() - startedMs;
      observer.processed({ topic, partition, account, nextOffset, traced: work.traced, durationMs });
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
