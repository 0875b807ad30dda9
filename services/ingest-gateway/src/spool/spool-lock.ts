import { type Lock, tryLock } from '@fineprint/file-lock';

/** Another process uses this spool. */
export class SpoolInUse extends Error {
  readonly code = 'spool_in_use';
  constructor(directory: string) {
    super(`another process uses the spool in ${directory}; give each gateway a SPOOL_DIR of its own`);
    this.name = 'SpoolInUse';
  }
}

/** Takes the spool for this process. The lock goes with the process, so a dead one's number, reused by now, blocks nobody. */
export function lockSpool(directory: string): Lock {
  const lock = tryLock(`${directory}/lock.sqlite`);
  if (lock === undefined) throw new SpoolInUse(directory);
  return lock;
}
