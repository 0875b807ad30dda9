import type { Bind, ExclusiveSessions, SnowflakeSession } from '@fineprint/snowflake';
import type { SinkPosition } from '@fineprint/stream-runtime';
import type { LoadSession, LoadSessions, Place } from './load-session.ts';
import {
  addPositionSql,
  clearSql,
  copySql,
  heldOffsetsSql,
  holdsEventSql,
  holdsPlaceSql,
  LOCK_POSITIONS,
  mergeSql,
  movePositionSql,
  NO_OFFSET,
  prepareSql,
  READ_POSITION,
  STAGE,
  sourceBeforeSql,
} from './load-sql.ts';

/** Nothing is committed that was not said to be: a statement after a lost transaction begins one of its own. */
export const LOADER_SESSION = ['ALTER SESSION SET AUTOCOMMIT = FALSE', 'ALTER SESSION SET LOCK_TIMEOUT = 20'];

/** Sessions that were opened with `LOADER_SESSION`, as the loader uses them. */
export function loadSessions(sessions: ExclusiveSessions<SnowflakeSession>): LoadSessions {
  const made = new WeakMap<SnowflakeSession, LoadSession>();
  const loadSessionOf = (session: SnowflakeSession): LoadSession => {
    const known = made.get(session) ?? createSqlSession(session);
    made.set(session, known);
    return known;
  };
  return { use: (name, work) => sessions.use(name, (session) => work(loadSessionOf(session))) };
}

function createSqlSession(session: SnowflakeSession): LoadSession {
  const prepared = new Set<string>();
  const run = async (sql: string, binds: readonly Bind[] = []) => void (await session.rows(sql, binds));
  const updated = async (sql: string, binds: readonly Bind[]): Promise<number> => {
    const [answer] = await session.rows<Record<string, number>>(sql, binds);
    return Number(answer?.['number of rows updated'] ?? 0);
  };
  const any = async (sql: string, binds: readonly Bind[]): Promise<boolean> => {
    const [row] = await session.rows<{ held: number }>(sql, binds);
    return Number(row?.held ?? 0) > 0;
  };

  return {
    isUsable: () => session.isUsable(),
    abandon: () => session.abandon(),
    commit: () => run('COMMIT'),
    rollback: () => run('ROLLBACK'),

    async prepare(table) {
      if (prepared.has(table.name)) return;
      for (const sql of prepareSql(table)) await run(sql);
      prepared.add(table.name);
    },
    put: ({ localPath, stageFolder }) =>
      run(
        `PUT 'file://${localPath}' @${STAGE}/${stageFolder} AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = GZIP OVERWRITE = TRUE`,
      ),
    remove: (stagePath) => run(`REMOVE @${STAGE}/${stagePath}`),
    clearArrivals: (table) => run(clearSql(table)),
    async copy({ table, columns }, stagePath) {
      const [answer] = await session.rows<{ status?: string; rows_loaded?: number }>(
        copySql(table, columns, stagePath),
      );
      return answer?.status === 'LOAD_SKIPPED' ? 'skipped' : Number(answer?.rows_loaded ?? 0);
    },
    merge: ({ table, columns }) => run(mergeSql(table, columns)),

    position: (place) => readPosition(session, place),
    lockPositions: () => run(LOCK_POSITIONS),
    addPosition: (table, { topic, partition }) =>
      run(addPositionSql(table), [topic, partition, topic, partition]),
    async movePosition(table, { topic, partition, from, to, lastOffset }, stagePath) {
      const moved = [to.nextOffset ?? NO_OFFSET, to.sourceOffset ?? NO_OFFSET, stagePath];
      const arrived = table.newest === null ? [] : [topic, partition, lastOffset];
      const binds = [...moved, topic, partition, from ?? NO_OFFSET, ...arrived];
      return (await updated(movePositionSql(table), binds)) > 0;
    },

    async heldOffsets(table, { topic, partition }, firstOffset, nextOffset) {
      const binds = [topic, partition, firstOffset, nextOffset];
      const rows = await session.rows<{ held: number }>(heldOffsetsSql(table), binds);
      return rows.map((r) => Number(r.held));
    },
    async sourceOffsetBefore(table, { topic, partition }, offset) {
      const binds = [topic, partition, offset];
      const [row] = await session.rows<{ highest: number | null }>(sourceBeforeSql(table), binds);
      return row?.highest == null ? null : Number(row.highest);
    },
    holdsPlace: (table, { topic, partition }, offset) =>
      any(holdsPlaceSql(table), [topic, partition, offset]),
    holdsEvent: (table, eventId) => any(holdsEventSql(table), [eventId]),
  };
}

async function readPosition(
  session: SnowflakeSession,
  { topic, partition }: Place,
): Promise<SinkPosition | null> {
  const rows = await session.rows<{ next_offset: number; source_offset: number }>(READ_POSITION, [
    topic,
    partition,
  ]);
  if (rows.length === 0) return null;
  const known = (value: number) => (value === NO_OFFSET ? null : value);
  const furthest = (values: readonly number[]) =>
    values.reduce((most, v) => Math.max(most, Number(v)), NO_OFFSET);
  return {
    nextOffset: known(furthest(rows.map((r) => r.next_offset))),
    sourceOffset: known(furthest(rows.map((r) => r.source_offset))),
  };
}
