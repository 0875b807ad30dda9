import path from 'node:path';
import { type Lock, tryLock } from '@fineprint/file-lock';
import { StackError } from './errors.ts';

const SLOT_COUNT = 8;
const FIRST_OFFSET = 20_000;
/** No two of the stack's base ports are equal modulo 100, so slots never share a port. */
const OFFSET_STEP = 100;

export interface TestSlot {
  readonly dataDir: string;
  readonly portOffset: number;
  readonly lock: Lock;
}

/** A data folder and ports that no other test run uses now. Held until the lock is released or the process ends, however it ends. */
export function takeTestSlot(repoDir: string): TestSlot {
  const folder = path.join(repoDir, '.fineprint', 'test');
  for (let index = 0; index < SLOT_COUNT; index += 1) {
    const lock = tryLock(path.join(folder, `slot-${index}.lock`));
    if (lock === undefined) continue;
    return {
      dataDir: path.join(folder, `slot-${index}`),
      portOffset: FIRST_OFFSET + index * OFFSET_STEP,
      lock,
    };
  }
  throw new StackError(
    'STACK_BUSY',
    `All ${SLOT_COUNT} test stacks of this checkout are in use.`,
    'Wait for the other test runs to end.',
  );
}
