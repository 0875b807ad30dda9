import { SnowflakeError, TIMED_OUT } from '@fineprint/snowflake/errors';
import type { LoadFile } from '@fineprint/snowflake-loader/load-file';
import type { LoadSession } from '@fineprint/snowflake-loader/load-session';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';
import { GONE, type SimSnowflake, type SnowflakeStatements } from './sim-snowflake.ts';

/** An internal error of Snowflake's: the statement had no effect, the session and its transaction stand. */
const REFUSED = '000603';
const UNREACHABLE = '401001';

export interface SnowflakeConnection {
  readonly snowflake: SimSnowflake;
  readonly remote: Remote;
  readonly process: SimProcess;
  /** What a file on this machine holds. */
  readonly linesOf: (file: LoadFile) => readonly string[];
}

/** A session as the driver gives it: with an answer that was not heard it is of no more use. */
export async function openSimSession(
  connection: SnowflakeConnection,
): Promise<LoadSession & { close(): Promise<void> }> {
  const { snowflake, remote, process, linesOf } = connection;
  let usable = true;
  const asked = <T>(label: string, effect: () => T | Promise<T>): Promise<T> =>
    process.call(remote, label, effect).catch((error: unknown) => {
      if (error instanceof SnowflakeError && error.code !== GONE) throw error;
      const { message } = error as Error;
      const isRefused = message.endsWith('refused');
      if (!isRefused) usable = false;
      const code = isRefused ? REFUSED : message.endsWith('timed out') ? TIMED_OUT : UNREACHABLE;
      throw new SnowflakeError(code, message);
    });
  const statements: SnowflakeStatements = await asked('login', () => snowflake.open());
  const run = <T>(label: string, statement: () => T | Promise<T>): Promise<T> =>
    asked(label, () => {
      statements.begun();
      try {
        const result = statement();
        if (result instanceof Promise) return result.finally(statements.ended);
        statements.ended();
        return result;
      } catch (error) {
        statements.ended();
        throw error;
      }
    });
  const prepared = new Set<string>();

  return {
    isUsable: () => usable,
    abandon() {
      usable = false;
    },
    close() {
      void asked('logout', statements.close).catch(() => undefined); // the driver does not care either
      return Promise.resolve();
    },
    commit: () => run('load commit', statements.commit),
    rollback: () => run('load rollback', statements.rollBack),

    async prepare({ name, newest }) {
      if (newest === null || prepared.has(name)) return;
      await run(`load prepare ${name}`, () => undefined);
      prepared.add(name);
    },
    put(file) {
      const lines = linesOf(file);
      return run(`load put ${file.stagePath}`, () => statements.put(file, lines));
    },
    remove: (path) => run(`remove ${path}`, () => statements.remove(path)),
    clearArrivals: (table) => run(`load clear ${table.name}`, () => statements.clearArrivals(table)),
    copy: (target, path) => run(`load copy ${path}`, () => statements.copy(target, path)),
    merge: (target) => run(`load merge ${target.table.name}`, () => statements.merge(target)),

    position: (place) =>
      run(`position in ${place.topic}/${place.partition}`, () => statements.position(place)),
    lockPositions: () => run('load lock', statements.lockPositions),
    addPosition: (table, place) =>
      run(`load position of ${place.topic}/${place.partition}`, () => statements.addPosition(table, place)),
    movePosition: (table, move) =>
      run(`load move ${move.topic}/${move.partition} to ${move.to.nextOffset}`, () =>
        statements.movePosition(table, move),
      ),

    heldOffsets: (table, place, first, next) =>
      run(`held in ${table.name}`, () =>
        statements
          .rows(table, place)
          .map((row) => row._offset)
          .filter((at) => at >= first && at < next),
      ),
    sourceOffsetBefore: (table, place, offset) =>
      run(`source in ${table.name}`, () =>
        statements
          .rows(table, place)
          .filter((row) => row._offset < offset && row._source_offset >= 0)
          .reduce<number | null>((most, row) => Math.max(most ?? -1, row._source_offset), null),
      ),
    holdsPlace: (table, place, offset) =>
      run(`holds in ${table.name}`, () =>
        statements.rows(table, place).some((row) => row._offset === offset),
      ),
    holdsEvent: (table, eventId) =>
      run(`holds in ${table.name}`, () => statements.rowsOfEvent(table, eventId).length > 0),
  };
}
