import type { NodeName } from '@fineprint/topology';
import { StreamError } from './errors.ts';
import type { Refusal } from './outcome.ts';
import type { InputRecord, Lease } from './ports.ts';
import { LeaseLost } from './retry.ts';
import type { WorkContext } from './run-partitions.ts';
import type { SinkDependencies } from './run-sink.ts';
import { PoisonError, type Sink, type SinkInput, type SinkRecord } from './sink.ts';
import { laneInto, newPace } from './sink-lane.ts';
import { createSinkWork, type SinkShared } from './sink-work.ts';
import { createTurns } from './turns.ts';

/** What became of a replayed record. `isWritten`: its new dead letter has been written already. */
export type Restored = 'stored' | 'held' | { readonly refused: Refusal; readonly isWritten?: true };

interface Target<N extends NodeName> {
  readonly topic: SinkInput<N>;
  readonly partition: number;
  readonly record: SinkRecord;
}

type Dependencies = SinkDependencies & WorkContext & SinkShared;

/** More than this between the store and a refused record is no gap of refusals: the sink itself is still on its way. */
const MAX_CATCH_UP = 10_000;

/**
 * Stores a refused record at its place, without ever moving the store past what it does not hold yet. Where the store
 * stands beyond the place, only the gap is filled. Where the refused record was the last one, the store still stands
 * before it, and a restarted sink would read it again: then everything from there to the record is taken as the sink
 * takes it, as a compare-and-swap on the store's position, so whoever is first wins and the other one sees it.
 */
export async function restoreRecord<N extends NodeName>(
  sink: Sink<N>,
  target: Target<N>,
  deps: Dependencies,
  lease: Lease,
): Promise<Restored> {
  const { topic, partition, record } = target;
  const { offset } = record.input;
  for (;;) {
    if (!lease.owned()) throw new LeaseLost();
    if (await sink.holds(topic, partition, record)) return 'held';
    const { nextOffset } = await sink.open(topic, partition);
    if (nextOffset !== null && nextOffset > offset) return sink.restore(topic, partition, record);
    const committed = await deps.consumer.committed(topic, partition);
    if (committed === null || committed <= offset) throw notThereYet(topic, partition, offset);
    const caughtUp = await catchUp(sink, target, nextOffset, deps, lease);
    if (caughtUp !== 'overtaken') return caughtUp;
  }
}

const notThereYet = (topic: string, partition: number, offset: number) =>
  new StreamError('unavailable', `${topic}/${partition} has not been loaded up to offset ${offset} yet`, {
    retriable: true,
  });

async function catchUp<N extends NodeName>(
  sink: Sink<N>,
  { topic, partition, record }: Target<N>,
  from: number | null,
  deps: Dependencies,
  lease: Lease,
): Promise<Restored | 'overtaken'> {
  const { input } = record;
  const records: InputRecord[] = [];
  await deps.snapshotReader.readBefore(
    topic,
    partition,
    input.offset,
    (found) => {
      for (const r of found) records.push(r);
      if (records.length > MAX_CATCH_UP) return Promise.reject(notThereYet(topic, partition, input.offset));
      return Promise.resolve();
    },
    from ?? 0,
  );
  records.push(input);
  let ending: Restored | 'overtaken' = 'overtaken';
  const isIt = (r: SinkRecord | undefined) => r?.input.offset === input.offset;
  const { lanes: _alone, ...rest } = sink;
  const watched: Sink<N> = {
    ...rest,
    async write(write, onTaken) {
      try {
        const now = await sink.write(write, onTaken);
        if (isIt(write.records.at(-1)) && now.nextOffset === input.offset + 1) ending = 'stored';
        return now;
      } catch (error) {
        if (error instanceof PoisonError && write.records.length === 1 && isIt(write.records[0])) {
          const refused = { type: 'dead-letter', code: error.code, message: error.message } as const;
          ending = { refused, isWritten: true };
        }
        throw error;
      }
    },
  };
  const isOvertaken = await takeAll(watched, { topic, partition, records }, deps, lease);
  // Neither written nor refused: it repeats what the store has seen.
  return ending === 'overtaken' && !isOvertaken ? 'held' : ending;
}

/**
 * One pass of the sink's own work over these records, in which nothing is committed or told: that has been done.
 * Resolves with whether another writer was first.
 */
async function takeAll<N extends NodeName>(
  sink: Sink<N>,
  run: { readonly topic: SinkInput<N>; readonly partition: number; readonly records: readonly InputRecord[] },
  deps: Dependencies,
  lease: Lease,
): Promise<boolean> {
  const { topic, partition, records } = run;
  const nextOffset = (records.at(-1)?.offset ?? 0) + 1;
  const batch = { topic, partition, records, nextOffset, highWatermark: nextOffset };
  let taken = false;
  let isOvertaken = false;
  const turns = createTurns(1);
  const pace = newPace();
  const work = createSinkWork(sink, topic, partition, {
    ...deps,
    laneOf: () => laneInto(sink, topic, { turns, pace, isPatient: false, clock: deps.clock }),
    lease,
    stopping: () => taken || deps.stopping(),
    committer: { done: () => undefined, flush: () => Promise.resolve() },
    consumer: {
      ...deps.consumer,
      seek() {
        isOvertaken = taken;
      },
    },
    observer: { ...deps.observer, processed: () => undefined },
  });
  // The first answer may be that the store stands elsewhere than the records begin; then they are all there is.
  if (!(await work.admit?.(batch, lease))) await work.admit?.(batch, lease);
  try {
    await work.run({
      push: () => undefined,
      bytes: () => 0,
      clear: () => undefined,
      close: () => undefined,
      take() {
        if (taken) return Promise.resolve('closed');
        taken = true;
        return Promise.resolve({ batch, lease });
      },
    });
  } catch (error) {
    if (!(error instanceof LeaseLost) || !lease.owned()) throw error;
    // While it stops, a work gives up at the first failure; whoever called tries all of it again.
    throw new StreamError('unavailable', 'the store did not take the records', {
      cause: error,
      retriable: true,
    });
  }
  return isOvertaken;
}
