import type { ExclusiveSessions, SnowflakeSession } from '@fineprint/snowflake';
import { type Clock, type SinkPosition, StreamError, sleep } from '@fineprint/stream-runtime';
import type { Column } from './columns.ts';
import { isLocked, judge } from './judgement.ts';
import { type LoadFile, stageFolderOf } from './load-file.ts';
import {
  addPositionSql,
  LOCK_POSITIONS,
  loadSql,
  MOVE_POSITION,
  prepareSql,
  READ_POSITION,
  STAGE,
} from './load-sql.ts';
import type { LoadedTable } from './tables.ts';

/** A table with its columns. */
export interface LoadTarget {
  readonly table: LoadedTable;
  readonly columns: readonly Column[];
}

/** Where a load starts from, and where the partition stands after it. */
export interface Move {
  readonly topic: string;
  readonly partition: number;
  readonly from: number | null;
  readonly to: SinkPosition;
}

export interface Gap {
  readonly isHeld: (session: SnowflakeSession) => Promise<boolean>;
}

export interface Loads {
  /** Where a partition stands; made known first, if it is not. */
  open(target: LoadTarget, topic: string, partition: number): Promise<SinkPosition>;
  position(topic: string, partition: number): Promise<SinkPosition>;
  /**
   * Puts a file on the stage and loads it, all of it or nothing: with a move, only where the partition still stands where the
   * move starts; into a gap, only where `isHeld`, asked under a lock, says that nobody has filled it. Resolves with whether
   * it was loaded.
   */
  load(target: LoadTarget, file: LoadFile, rows: number, intent: Move | Gap): Promise<boolean>;
}

const NONE = -1;
const LOCK_TRIES = 20;
const LOCK_PAUSE_MS = 150;

/** Files into tables. A transaction each: rows and position are stored together, or neither is. */
export function createLoads(sessions: ExclusiveSessions, clock: Clock): Loads {
  const prepared = new WeakMap<SnowflakeSession, Set<string>>();

  const prepare = async (session: SnowflakeSession, table: LoadedTable) => {
    const done = prepared.get(session) ?? new Set();
    prepared.set(session, done);
    if (done.has(table.name)) return;
    for (const sql of prepareSql(table)) await session.rows(sql);
    done.add(table.name);
  };

  /** Others move positions too, each for a moment. */
  const patiently = async <T>(run: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (!isLocked(error) || attempt >= LOCK_TRIES) throw error;
        await sleep(clock, LOCK_PAUSE_MS * (0.5 + Math.random()));
      }
    }
  };

  const inTable = <T>(table: LoadedTable, work: (session: SnowflakeSession) => Promise<T>): Promise<T> =>
    patiently(() => sessions.use(table.name, work)).catch((error: unknown) => {
      throw judge(error, 'other');
    });

  return {
    position: (topic, partition) =>
      sessions
        .use('positions', async (session) => (await readPosition(session, topic, partition)) ?? NOWHERE)
        .catch((error: unknown) => {
          throw judge(error, 'other');
        }),

    open: ({ table }, topic, partition) =>
      inTable(table, async (session) => {
        const known = await readPosition(session, topic, partition);
        const position = known ?? (await addPosition(session, table, topic, partition));
        // What a loader left behind that ended between staging and loading. Whoever still wants it stages it again.
        await session.rows(`REMOVE @${STAGE}/${stageFolderOf(topic, partition)}`);
        return position;
      }),

    load: ({ table, columns }, file, rows, intent) =>
      inTable(table, async (session) => {
        await prepare(session, table);
        await session.rows(
          `PUT 'file://${file.localPath}' @${STAGE}/${file.stageFolder} AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = GZIP OVERWRITE = TRUE`,
        );
        const isLoaded = await transaction(session, async () => {
          if ('isHeld' in intent) {
            await session.rows(LOCK_POSITIONS);
            if (await intent.isHeld(session)) return false;
          }
          await copy(session, { table, columns }, file, rows);
          return 'isHeld' in intent || (await movePosition(session, file, intent));
        });
        // Loaded or overtaken, nobody needs it any more; what stays behind is removed when the partition is opened again.
        await session.rows(`REMOVE @${STAGE}/${file.stagePath}`).catch(() => undefined);
        return isLoaded;
      }),
  };
}

const NOWHERE: SinkPosition = { nextOffset: null, sourceOffset: null };

async function readPosition(session: SnowflakeSession, topic: string, partition: number) {
  const rows = await session.rows<{ next_offset: number; source_offset: number }>(READ_POSITION, [
    topic,
    partition,
  ]);
  if (rows.length === 0) return null;
  const known = (value: number) => (value === NONE ? null : value);
  const furthest = (values: readonly number[]) => values.reduce((most, v) => Math.max(most, Number(v)), NONE);
  return {
    nextOffset: known(furthest(rows.map((r) => r.next_offset))),
    sourceOffset: known(furthest(rows.map((r) => r.source_offset))),
  };
}

/** Under the lock nobody else can have added it meanwhile. */
function addPosition(session: SnowflakeSession, table: LoadedTable, topic: string, partition: number) {
  return transaction(session, async () => {
    await session.rows(LOCK_POSITIONS);
    const since = await readPosition(session, topic, partition);
    if (since !== null) return since;
    await session.rows(addPositionSql(table), [topic, partition, topic, partition]);
    return (await readPosition(session, topic, partition)) ?? NOWHERE;
  });
}

/** The session does not commit by itself, so a statement begins a transaction where there is none. */
async function transaction<T>(session: SnowflakeSession, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await session.rows(result === false ? 'ROLLBACK' : 'COMMIT');
    return result;
  } catch (error) {
    if (session.isUsable()) await session.rows('ROLLBACK');
    throw error;
  }
}

async function copy(session: SnowflakeSession, target: LoadTarget, file: LoadFile, rows: number) {
  const { statements, copyAt } = loadSql(target.table, target.columns, file.stagePath);
  for (const [at, sql] of statements.entries()) {
    const answer = await session
      .rows<{ status?: string; rows_loaded?: number }>(sql)
      .catch((error: unknown) => {
        throw isLocked(error) ? error : judge(error, 'load');
      });
    if (at !== copyAt) continue;
    const [result] = answer;
    // Snowflake remembers files that it has loaded; then their rows are there already.
    if (result?.status === 'LOAD_SKIPPED') continue;
    if (Number(result?.rows_loaded ?? 0) !== rows)
      throw new StreamError('unavailable', 'the staged file was not loaded whole', { retriable: true });
  }
}

async function movePosition(session: SnowflakeSession, file: LoadFile, { topic, partition, from, to }: Move) {
  const [answer] = await session.rows<Record<string, number>>(MOVE_POSITION, [
    to.nextOffset ?? NONE,
    to.sourceOffset ?? NONE,
    file.stagePath,
    topic,
    partition,
    from ?? NONE,
  ]);
  return Number(answer?.['number of rows updated'] ?? 0) === 1;
}
