import type { InputRecord } from './ports.ts';

/**
 * The promise of every derived topic: a record carries the offset of the record it was made from, in the partition of
 * the same number. A writer that crashed between writing and committing writes again, so readers keep the highest source
 * offset per partition and drop what is not above it: one number of state, no transaction.
 */
export const SOURCE_OFFSET_HEADER = 'fp-source-offset';

/** The source offset a record carries; null where it carries none. */
export function sourceOffsetOf(record: InputRecord): number | null {
  const header = record.headers[SOURCE_OFFSET_HEADER];
  if (header === undefined || Array.isArray(header)) return null;
  const offset = Number(header.toString());
  return Number.isSafeInteger(offset) && offset >= 0 ? offset : null;
}

/** True for a record that repeats one already seen. */
export function isRepeat(sourceOffset: number | null, highestSeen: number | null): boolean {
  return sourceOffset !== null && highestSeen !== null && sourceOffset <= highestSeen;
}
