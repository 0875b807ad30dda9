import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lock, tryLock } from '@fineprint/file-lock';
import { StackError } from './errors.ts';

const POLL_MS = 100;

/** Runs `work` while no other process changes the same data folder; waits for its turn. */
export async function withStackLock<T>(
  dataDir: string,
  options: { timeoutMs: number; onWait?: () => void },
  work: () => Promise<T>,
): Promise<T> {
  const lock = await acquire(dataDir, options);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function acquire(dataDir: string, options: { timeoutMs: number; onWait?: () => void }): Promise<Lock> {
  const file = path.join(dataDir, 'run', 'lock.sqlite');
  const deadline = Date.now() + options.timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    const lock = tryLock(file);
    if (lock !== undefined) return lock;
    if (Date.now() >= deadline) break;
    if (attempt === 0) options.onWait?.();
    await sleep(POLL_MS);
  }
  throw new StackError(
    'STACK_BUSY',
    `Another \`up\` or \`down\` is at work on ${dataDir}.`,
    'Wait for it to end, or use another folder with FINEPRINT_DATA_DIR (and FINEPRINT_PORT_OFFSET).',
  );
}
