import { type Clock, type SinkPosition, StreamError, sleep } from '@fineprint/stream-runtime';
import { isLocked, judge } from './judgement.ts';
import { type LoadFile, stageFolderOf } from './load-file.ts';
import type { LoadSession, LoadSessions, LoadTarget, Move, Place } from './load-session.ts';
import type { LoadedTable } from './tables.ts';

export interface Gap {
  readonly isHeld: (session: LoadSession) => Promise<boolean>;
}

export interface Loads {
  /** Where a partition stands; made known first, if it is not. */
  open(target: LoadTarget, place: Place): Promise<SinkPosition>;
  position(place: Place): Promise<SinkPosition>;
  /**
   * Puts a file on the stage and loads it, all of it or nothing: with a move, only where the partition still stands where the
   * move starts; into a gap, only where `isHeld`, asked under a lock, says that nobody has filled it. Resolves with whether
   * it was loaded.
   */
  load(target: LoadTarget, file: LoadFile, rows: number, intent: Move | Gap): Promise<boolean>;
}

export interface LoadsDependencies {
  readonly sessions: LoadSessions;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
}

const NOWHERE: SinkPosition = { nextOffset: null, sourceOffset: null };
const LOCK_TRIES = 20;
const LOCK_PAUSE_MS = 150;

/** Files into tables. A transaction each: rows and position are stored together, or neither is. */
export function createLoads({ sessions, clock, random }: LoadsDependencies): Loads {
  /** Others move positions too, each for a moment. */
  const patiently = async <T>(run: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (!isLocked(error) || attempt >= LOCK_TRIES) throw error;
        await sleep(clock, LOCK_PAUSE_MS * (0.5 + random()));
      }
    }
  };

  const inTable = <T>(table: LoadedTable, work: (session: LoadSession) => Promise<T>): Promise<T> =>
    patiently(() => sessions.use(table.name, work)).catch((error: unknown) => {
      throw judge(error, 'other');
    });

  return {
    position: (place) =>
      sessions
        .use('positions', async (session) => (await session.position(place)) ?? NOWHERE)
        .catch((error: unknown) => {
          throw judge(error, 'other');
        }),

    open: ({ table }, place) =>
      inTable(table, async (session) => {
        const position = (await session.position(place)) ?? (await addPosition(session, table, place));
        // What a loader left behind that ended between staging and loading. Whoever still wants it stages it again.
        await session.remove(stageFolderOf(place.topic, place.partition));
        return position;
      }),

    load: (target, file, rows, intent) =>
      inTable(target.table, async (session) => {
        await session.prepare(target.table);
        await session.put(file);
        const isLoaded = await transaction(session, async () => {
          if ('isHeld' in intent) {
            await session.lockPositions();
            if (await intent.isHeld(session)) return false;
          }
          await copy(session, target, file, rows);
          return 'isHeld' in intent || (await session.movePosition(target.table, intent, file.stagePath));
        });
        // Loaded or overtaken, nobody needs it any more; what stays behind is removed when the partition is opened again.
        await session.remove(file.stagePath).catch(() => undefined);
        // A move is read back by who asked for it.
        const isToldByRows = 'isHeld' in intent && target.table.newest === null;
        if (isLoaded && isToldByRows && !(await intent.isHeld(session))) throw transactionLost();
        return isLoaded;
      }),
  };
}

/** Under the lock nobody else can have added it meanwhile. */
async function addPosition(session: LoadSession, table: LoadedTable, place: Place): Promise<SinkPosition> {
  await transaction(session, async () => {
    await session.lockPositions();
    if ((await session.position(place)) === null) await session.addPosition(table, place);
  });
  const position = await session.position(place);
  if (position === null) throw transactionLost();
  return position;
}

/** It did nothing for minutes while others waited for its lock, so Snowflake rolled it back; a COMMIT does not say so. */
const transactionLost = () =>
  new StreamError('unavailable', 'Snowflake ended the transaction', { retriable: true });

/** The session does not commit by itself, so a statement begins a transaction where there is none. */
async function transaction<T>(session: LoadSession, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await (result === false ? rollBack(session) : session.commit());
    return result;
  } catch (error) {
    if (session.isUsable()) await rollBack(session);
    throw error;
  }
}

/** What the next load did in a transaction that is still open would hold this one's rows too. */
async function rollBack(session: LoadSession): Promise<void> {
  try {
    await session.rollback();
  } catch (error) {
    session.abandon();
    throw error;
  }
}

async function copy(session: LoadSession, target: LoadTarget, file: LoadFile, rows: number): Promise<void> {
  const keepsAll = target.table.newest === null;
  try {
    if (!keepsAll) await session.clearArrivals(target.table);
    const loaded = await session.copy(target, file.stagePath);
    // Snowflake remembers files that it has loaded; then their rows are there already.
    if (loaded !== 'skipped' && loaded !== rows)
      throw new StreamError('unavailable', 'the staged file was not loaded whole', { retriable: true });
    if (!keepsAll) await session.merge(target);
  } catch (error) {
    throw isLocked(error) ? error : judge(error, 'load');
  }
}
