import { SdkError } from '@fineprint/sdk-core';
import { DiskQueue } from './disk-queue.ts';
import type { Settings } from './options.ts';
import { memoryQueue, type Queue } from './queue.ts';

/** A folder where one is named, else memory. */
export function openQueue(
  { queueDirectory: directory, fsync }: Pick<Settings, 'queueDirectory' | 'fsync'>,
  tell: (error: SdkError) => void,
): Queue {
  if (directory === undefined) return memoryQueue;
  return new DiskQueue({
    ...{ directory, fsync },
    onDamage: (lines) =>
      tell(new SdkError('queue_damaged', `${lines} lines in ${directory} cannot be read and were left out.`)),
    onFailure: (cause) =>
      tell(new SdkError('queue_write_failed', `Something in ${directory} was not written.`, { cause })),
  });
}
