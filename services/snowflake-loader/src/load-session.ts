import type { SinkPosition } from '@fineprint/stream-runtime';
import type { Column } from './columns.ts';
import type { LoadFile } from './load-file.ts';
import type { LoadedTable } from './tables.ts';

/** A table with its columns. */
export interface LoadTarget {
  readonly table: LoadedTable;
  readonly columns: readonly Column[];
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Where a load starts from, and where the partition stands after it. */
export interface Move extends Place {
  readonly from: number | null;
  readonly to: SinkPosition;
  /** Of the file's last row. */
  readonly lastOffset: number;
}

/**
 * Snowflake as the loader uses it: a session, a call a statement (but `prepare`). What changes something begins a transaction
 * where there is none. Rejects with what Snowflake or its driver says.
 */
export interface LoadSession {
  /** False once a statement was given up or the session is gone: then nobody knows whether its transaction is still there. */
  isUsable(): boolean;
  /** Nobody knows what its transaction is up to: it is closed, which ends it, before another session takes its place. */
  abandon(): void;
  commit(): Promise<void>;
  rollback(): Promise<void>;

  /** Before anything else of a load: what a session needs to load a table. It would end a transaction. */
  prepare(table: LoadedTable): Promise<void>;
  put(file: LoadFile): Promise<void>;
  /** Files on the stage whose path begins like this. */
  remove(stagePath: string): Promise<void>;
  /** For a table of newest rows: takes away what the last load left where rows arrive. */
  clearArrivals(table: LoadedTable): Promise<void>;
  /** Whole or not at all, into the table or to where rows arrive; how many rows, or that this very file was loaded before. */
  copy(target: LoadTarget, stagePath: string): Promise<number | 'skipped'>;
  /** What has arrived, into the table; holds the table's lock from then on. */
  merge(target: LoadTarget): Promise<void>;

  /** Null where it is not known. */
  position(place: Place): Promise<SinkPosition | null>;
  /** Holds the lock of all positions from then on. */
  lockPositions(): Promise<void>;
  /** Makes a position known: the one that the table's rows tell. */
  addPosition(table: LoadedTable, place: Place): Promise<void>;
  /**
   * Waits for the lock; false where the position is elsewhere, or the rows that arrived are no more because Snowflake ended
   * the transaction meanwhile.
   */
  movePosition(table: LoadedTable, move: Move, stagePath: string): Promise<boolean>;

  heldOffsets(table: LoadedTable, place: Place, firstOffset: number, nextOffset: number): Promise<number[]>;
  /** The highest source offset of rows before an offset. */
  sourceOffsetBefore(table: LoadedTable, place: Place, offset: number): Promise<number | null>;
  holdsPlace(table: LoadedTable, place: Place, offset: number): Promise<boolean>;
  holdsEvent(table: LoadedTable, eventId: string): Promise<boolean>;
}

/** Sessions by name, each with one user at a time. */
export interface LoadSessions {
  use<T>(name: string, work: (session: LoadSession) => Promise<T>): Promise<T>;
}
