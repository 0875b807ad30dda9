import { readRowCount } from './parquet-footer.ts';
import type { RowCounter } from './row-counter.ts';

/** A footer describes each column of each group of about a million rows: this is enough for thousands of groups. */
const MAX_FOOTER_BYTES = 16 << 20;
const MAGIC = 'PAR1';
/** The footer's length and the magic. */
const END_BYTES = 8;

/** Rows of a Parquet file, from its footer: only the file's end is kept. */
export function createParquetCounter(): RowCounter {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  return {
    add(chunk) {
      kept.push(chunk);
      keptBytes += chunk.length;
      while (keptBytes - (kept[0]?.length ?? 0) >= MAX_FOOTER_BYTES + END_BYTES) {
        keptBytes -= kept.shift()?.length ?? 0;
      }
    },
    rows() {
      const tail = Buffer.concat(kept);
      kept = [];
      const end = tail.length - END_BYTES;
      if (end < 0 || tail.toString('latin1', end + 4) !== MAGIC)
        throw new Error('the Parquet file has no end');
      const length = tail.readUInt32LE(end);
      if (length > end) throw new Error('the Parquet footer is larger than it may be');
      return readRowCount(tail.subarray(end - length, end));
    },
  };
}
