import type { NodeName } from '@fineprint/topology';
import type { Clock } from './ports.ts';
import { sleep } from './retry.ts';
import { PoisonError, type Sink, type SinkInput, type SinkWrite, type SinkWritten } from './sink.ts';
import type { Turns } from './turns.ts';

/** A partition's place in its lane. Whoever has taken it must write or release it: the others of the round wait for that. */
export interface Seat {
  /** Waits for the lane's next round, unless one is held that is still to be written. */
  take(): Promise<void>;
  /** Stored with what the others of the round bring; resolves with where the store stands with this partition. */
  write(write: SinkWrite): Promise<SinkWritten>;
  /** Brings nothing to this round; no effect once it has been written. */
  release(): void;
}

export interface Pace {
  /** When the last write began: what comes while the store works is due that much sooner. */
  lastWriteMs: number;
}

export const newPace = (): Pace => ({ lastWriteMs: Number.NEGATIVE_INFINITY });

/** Partitions that are written together: one round after another, each a turn among all lanes. */
export interface SinkLane {
  /** Partitions of a topic keep the same one, and so are due together. */
  readonly pace: Pace;
  seat(): Seat;
}

export interface SinkLaneOptions {
  readonly pace: Pace;
  readonly turns: Turns;
  readonly isPatient: boolean;
  /** Stores all of it or nothing. */
  readonly write: (writes: readonly SinkWrite[], onTaken: () => void) => Promise<readonly SinkWritten[]>;
  /** Writes that may share a block. */
  readonly blockOf: (write: SinkWrite) => string;
  /** Lets those who are due at the same moment find into one round. */
  readonly gather: () => Promise<void>;
}

/** Partitions of a lane are due in the same millisecond, and find out one after the other. */
const GATHER_MS = 10;

interface Entry {
  readonly write: SinkWrite;
  readonly resolve: (written: SinkWritten) => void;
  readonly reject: (error: unknown) => void;
}

interface Round {
  bring(write: SinkWrite): Promise<SinkWritten>;
  leave(): void;
}

export function createSinkLane(options: SinkLaneOptions): SinkLane {
  let forming: { seats: number; readonly begun: Promise<Round> } | undefined;
  let before: Promise<void> = Promise.resolve();

  const begin = async (): Promise<Round> => {
    await before;
    await options.gather();
    const turn = await options.turns.take(options.isPatient);
    let awaited = forming?.seats ?? 0;
    forming = undefined;
    const entries: Entry[] = [];
    let end: () => void = () => undefined;
    before = new Promise((resolve) => {
      end = resolve;
    });
    const settled = () => {
      if (--awaited > 0) return;
      void storeAll(entries, options, turn.release).finally(() => {
        turn.release();
        end();
      });
    };
    return {
      bring: (write) =>
        new Promise((resolve, reject) => {
          entries.push({ write, resolve, reject });
          settled();
        }),
      leave: settled,
    };
  };

  const join = (): Promise<Round> => {
    forming ??= { seats: 0, begun: begin() };
    forming.seats++;
    return forming.begun;
  };

  return {
    pace: options.pace,
    seat() {
      let round: Round | undefined;
      const taken = () => {
        const mine = round;
        round = undefined;
        return mine;
      };
      return {
        async take() {
          round ??= await join();
        },
        write: (write) =>
          taken()?.bring(write) ?? Promise.reject(new Error('nothing is written without a seat')),
        release: () => taken()?.leave(),
      };
    },
  };
}

/** One block after another; the last one's being taken ends the round's turn. */
async function storeAll(entries: readonly Entry[], options: SinkLaneOptions, onTaken: () => void) {
  const blocks = [...Map.groupBy(entries, ({ write }) => options.blockOf(write)).values()];
  for (const block of blocks)
    await storeBlock(block, options, block === blocks.at(-1) ? onTaken : () => undefined);
}

async function storeBlock(block: readonly Entry[], options: SinkLaneOptions, onTaken: () => void) {
  try {
    const written = await options.write(
      block.map(({ write }) => write),
      onTaken,
    );
    for (const [i, { resolve, reject }] of block.entries()) {
      const mine = written[i];
      if (mine === undefined) reject(new Error('the store has not told of each partition'));
      else resolve(mine);
    }
  } catch (error) {
    // Which one is refused shows when each is written alone.
    if (error instanceof PoisonError && block.length > 1)
      for (const entry of block) await storeBlock([entry], options, onTaken);
    else for (const { reject } of block) reject(error);
  }
}

/** A lane of a topic's partitions, or a single one where the sink has no lanes. */
export function laneInto<N extends NodeName>(
  sink: Sink<N>,
  topic: SinkInput<N>,
  { clock, ...given }: Pick<SinkLaneOptions, 'turns' | 'isPatient' | 'pace'> & { readonly clock: Clock },
): SinkLane {
  const { lanes } = sink;
  return createSinkLane({
    ...given,
    write: lanes?.write ?? ((writes, onTaken) => Promise.all(writes.map((w) => sink.write(w, onTaken)))),
    blockOf: ({ records: [first] }) => (first === undefined ? '' : sink.blockOf(topic, first)),
    gather: () => (lanes === undefined ? Promise.resolve() : sleep(clock, GATHER_MS)),
  });
}
