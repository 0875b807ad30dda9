import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

export interface Lock {
  release(): void;
}

/**
 * Takes a lock that other processes respect, or returns undefined when one of them has it. It is the operating system's, held
 * through an open SQLite transaction: it goes with its process, kill -9 included, so there is no stale lock to clear.
 */
export function tryLock(file: string): Lock | undefined {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    // No journal: it would need room, and a full disk must not lock its owner out.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}
