import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './errors.ts';

const POLL_MS = 100;

/**
 * Runs `work` while no other process changes the same data folder. The lock is the operating system's, held through an open
 * SQLite transaction: it goes with its process, kill -9 included, so there is no stale lock to clear.
 */
export async function withStackLock<T>(
  dataDir: string,
  options: { timeoutMs: number; onWait?: () => void },
  work: () => Promise<T>,
): Promise<T> {
  fs.mkdirSync(path.join(dataDir, 'run'), { recursive: true });
  const database = new DatabaseSync(path.join(dataDir, 'run', 'lock.sqlite'));
  try {
    await acquire(database, dataDir, options);
    return await work();
  } finally {
    database.close();
  }
}

async function acquire(
  database: DatabaseSync,
  dataDir: string,
  options: { timeoutMs: number; onWait?: () => void },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (Date.now() >= deadline) {
        throw new StackError(
          'STACK_BUSY',
          `Another \`up\` or \`down\` is at work on ${dataDir}.`,
          'Wait for it to end, or use another folder with FINEPRINT_DATA_DIR (and FINEPRINT_PORT_OFFSET).',
          { cause: error },
        );
      }
      if (attempt === 0) options.onWait?.();
    }
    await sleep(POLL_MS);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}
