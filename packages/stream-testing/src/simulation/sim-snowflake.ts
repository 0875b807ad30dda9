import { SnowflakeError } from '@fineprint/snowflake/errors';
import type { LoadFile } from '@fineprint/snowflake-loader/load-file';
import type { LoadTarget, Move, Place } from '@fineprint/snowflake-loader/load-session';
import type { LoadedTable } from '@fineprint/snowflake-loader/tables';
import type { SinkPosition } from '@fineprint/stream-runtime';
import type { Random } from './random.ts';
import type { Remote } from './remote.ts';
import type { Scheduler } from './scheduler.ts';
import { createLocks, type LockHolder } from './snowflake-locks.ts';

/** A row as its file's line has it. */
export interface SnowflakeRow {
  readonly _topic: string;
  readonly _partition: number;
  readonly _offset: number;
  readonly _source_offset: number;
  readonly [column: string]: unknown;
}

export interface PositionRow extends SinkPosition {
  readonly place: string;
}

/** What a session may ask, each a statement: what the loader's SQL does. */
export interface SnowflakeStatements extends LockHolder {
  begun(): void;
  ended(): void;
  commit(): void;
  close(): void;
  put(file: LoadFile, lines: readonly string[]): void;
  remove(stagePath: string): void;
  clearArrivals(table: LoadedTable): void;
  copy(target: LoadTarget, stagePath: string): number | 'skipped';
  merge(target: LoadTarget): void | Promise<void>;
  position(place: Place): SinkPosition | null;
  lockPositions(): void | Promise<void>;
  addPosition(table: LoadedTable, place: Place): void;
  movePosition(table: LoadedTable, move: Move): boolean | Promise<boolean>;
  /** Of a place, what is committed and what this session has added. */
  rows(table: LoadedTable, place: Place): SnowflakeRow[];
  rowsOfEvent(table: LoadedTable, eventId: string): SnowflakeRow[];
}

/** Tables, a stage, positions, and transactions on them. */
export interface SimSnowflake {
  open(): SnowflakeStatements;
  rows(table: LoadedTable): readonly SnowflakeRow[];
  positions(place: Place): readonly PositionRow[];
}

interface Transaction {
  readonly inserted: Map<string, SnowflakeRow[]>;
  readonly arrivals: Map<string, readonly SnowflakeRow[]>;
  readonly merges: (() => void)[];
  readonly moved: Map<PositionRow, PositionRow>;
  readonly added: PositionRow[];
  readonly loaded: Set<string>;
}

/** The session is closed. */
export const GONE = '390111';
const POSITIONS = 'load_positions';
/** The real one refuses a year 20000; this one a version that no column of the product document holds. */
export const MAX_VERSION_CHARS = 50;

const keyOfPlace = ({ topic, partition }: Place): string => `${topic}/${partition}`;
const isAt = (row: SnowflakeRow, { topic, partition }: Place) =>
  row._topic === topic && row._partition === partition;

export function createSnowflake(remote: Remote, scheduler: Scheduler, random: Random): SimSnowflake {
  const tables = new Map<string, SnowflakeRow[]>();
  const stage = new Map<string, readonly string[]>();
  /** Files that a table remembers. */
  const loaded = new Set<string>();
  const locks = createLocks(remote, scheduler);
  let positions: PositionRow[] = [];
  const rowsOf = (name: string): SnowflakeRow[] => {
    const rows = tables.get(name) ?? [];
    tables.set(name, rows);
    return rows;
  };

  /** Every statement is one function: what it changes is its transaction's until COMMIT. */
  const open = (): SnowflakeStatements => {
    const arrived = new Map<string, readonly SnowflakeRow[]>();
    let transaction: Transaction | null = null;
    let idleSinceMs = scheduler.nowMs();
    let isClosed = false;

    const begin = (): Transaction => {
      transaction ??= {
        inserted: new Map(),
        arrivals: new Map(),
        merges: [],
        moved: new Map(),
        added: [],
        loaded: new Set(),
      };
      return transaction;
    };
    const end = () => {
      transaction = null;
      locks.releaseAll(self);
    };
    const arrivalsOf = (name: string) => transaction?.arrivals.get(name) ?? arrived.get(name) ?? [];
    const visible = (name: string) => [...rowsOf(name), ...(transaction?.inserted.get(name) ?? [])];
    const visiblePositions = (place: Place) =>
      [...positions.map((row) => transaction?.moved.get(row) ?? row), ...(transaction?.added ?? [])].filter(
        (row) => row.place === keyOfPlace(place),
      );
    /** A statement that had to wait begins with what the other one left, and in a transaction that is still there. */
    const locked = <T>(lock: string, run: () => T): T | Promise<T> => {
      begin();
      const waits = locks.take(lock, self);
      if (waits === undefined) return run();
      return waits.then(() => {
        if (!isClosed) return run();
        end();
        throw new SnowflakeError(GONE, 'the session is gone');
      });
    };

    const move = (table: LoadedTable, { from, to, lastOffset, ...place }: Move): boolean => {
      const { moved } = begin();
      const isThere =
        table.newest === null ||
        arrivalsOf(table.name).some((row) => isAt(row, place) && row._offset === lastOffset);
      const own = positions.filter(
        (row) => row.place === keyOfPlace(place) && (moved.get(row) ?? row).nextOffset === from,
      );
      if (!isThere) return false;
      for (const row of own) moved.set(row, { place: row.place, ...to });
      return own.length > 0;
    };

    const self: SnowflakeStatements = {
      idleSinceMs: () => idleSinceMs,
      rollBack: end,
      begun() {
        if (isClosed) throw new SnowflakeError(GONE, 'the session is gone');
        idleSinceMs = Number.POSITIVE_INFINITY;
      },
      ended() {
        idleSinceMs = scheduler.nowMs();
      },
      commit() {
        const { inserted, arrivals, merges, moved, added, loaded: files } = begin();
        for (const [name, rows] of inserted) rowsOf(name).push(...rows);
        for (const merge of merges) merge();
        for (const [name, rows] of arrivals) arrived.set(name, rows);
        positions = [...positions.map((row) => moved.get(row) ?? row), ...added];
        for (const file of files) loaded.add(file);
        end();
      },
      close() {
        isClosed = true;
        end();
      },

      put({ stagePath }, lines) {
        stage.set(stagePath, lines);
        // It is encrypted anew, and so may pass for another file.
        if (random.chance(0.5))
          for (const file of loaded) if (file.endsWith(` ${stagePath}`)) loaded.delete(file);
      },
      remove(stagePath) {
        for (const path of stage.keys()) if (path.startsWith(stagePath)) stage.delete(path);
      },
      clearArrivals: ({ name }) => void begin().arrivals.set(name, []),
      copy({ table: { name, newest } }, stagePath) {
        const file = `${name} ${stagePath}`;
        const { inserted, arrivals, loaded: own } = begin();
        if (loaded.has(file) || own.has(file)) return 'skipped';
        const rows = (stage.get(stagePath) ?? []).map((line) => JSON.parse(line) as SnowflakeRow);
        if (name === 'ai_requests' && rows.some((r) => String(r['model_version']).length > MAX_VERSION_CHARS))
          throw new SnowflakeError('100078', 'a text is too long');
        if (newest === null) inserted.set(name, [...(inserted.get(name) ?? []), ...rows]);
        else arrivals.set(name, [...arrivalsOf(name), ...rows]);
        own.add(file);
        return rows.length;
      },
      merge: ({ table }) =>
        locked(table.name, () => {
          const rows = arrivalsOf(table.name);
          begin().merges.push(() => mergeInto(rowsOf(table.name), table, rows));
        }),

      position(place) {
        const rows = visiblePositions(place);
        const furthest = (values: readonly (number | null)[]) =>
          values.reduce((most, v) => (v === null || (most !== null && most >= v) ? most : v), null);
        if (rows.length === 0) return null;
        return {
          nextOffset: furthest(rows.map((r) => r.nextOffset)),
          sourceOffset: furthest(rows.map((r) => r.sourceOffset)),
        };
      },
      lockPositions: () => locked(POSITIONS, () => undefined),
      addPosition(table, place) {
        const rows = self.rows(table, place);
        const highest = (values: readonly number[]) => values.reduce((most, v) => Math.max(most, v), -1);
        const next = highest(rows.map((r) => r._offset)) + 1;
        const source = highest(rows.map((r) => r._source_offset));
        begin().added.push({
          place: keyOfPlace(place),
          nextOffset: next === 0 ? null : next,
          sourceOffset: source < 0 ? null : source,
        });
      },
      movePosition: (table, given) => locked(POSITIONS, () => move(table, given)),

      rows: ({ name }, place) => visible(name).filter((row) => isAt(row, place)),
      rowsOfEvent: ({ name }, id) => visible(name).filter((row) => row['event_id'] === id),
    };
    return self;
  };

  return {
    open,
    rows: ({ name }) => rowsOf(name),
    positions: (place) => positions.filter((row) => row.place === keyOfPlace(place)),
  };
}

/** MERGE: the highest version of each key, the last of equals; a key that has a null matches nothing. */
function mergeInto(rows: SnowflakeRow[], { newest }: LoadedTable, arrived: readonly SnowflakeRow[]): void {
  if (newest === null) throw new Error('nothing is merged into a table that keeps every row');
  const versionOf = (row: SnowflakeRow) => Number(row[newest.version]);
  for (const row of arrived.toSorted((a, b) => versionOf(a) - versionOf(b) || a._offset - b._offset)) {
    const at = rows.findIndex((old) =>
      newest.key.every((name) => row[name] !== undefined && old[name] === row[name]),
    );
    const old = rows[at];
    if (old === undefined) rows.push(row);
    else if (versionOf(row) >= versionOf(old)) rows[at] = row;
  }
}
