import { readFile, unlink, writeFile } from 'node:fs/promises';

/** Another process uses this spool. */
export class SpoolInUse extends Error {
  readonly code = 'spool_in_use';
  constructor(directory: string, pid: number) {
    super(`process ${pid} uses the spool in ${directory}; give each gateway a SPOOL_DIR of its own`);
    this.name = 'SpoolInUse';
  }
}

/** Takes the spool for this process; answers how to give it back. What a dead process left is taken over. */
export async function lockSpool(directory: string): Promise<() => Promise<void>> {
  const path = `${directory}/lock`;
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => unlink(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(await readFile(path, 'utf8'));
    if (isAlive(pid)) throw new SpoolInUse(directory, pid);
    await unlink(path);
  }
}

/** In a container every gateway may be process 1: a lock with our own number is left from before. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
