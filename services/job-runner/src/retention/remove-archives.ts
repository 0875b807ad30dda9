import { noteFileRemoved, outdatedParts, removePartFile } from '@fineprint/archive';
import type { Run } from '../engine/job.ts';

/** Removes files whose own time is over; the record of them stays. */
export async function removeArchives(run: Run, dir: string, dataset: string, days: number): Promise<number> {
  const outdated = await run.whileOurs((client) => outdatedParts(client, dataset, days));
  for (const part of outdated) {
    await removePartFile(dir, part);
    await run.whileOurs((client) => noteFileRemoved(client, part));
  }
  return outdated.length;
}
