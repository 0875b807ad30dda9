import type { RowCounter } from '@fineprint/parquet';

const NEWLINE = 0x0a;

/** Rows of JSON lines: within JSON a line's end is escaped. */
export function createLineCounter(): RowCounter {
  let lines = 0;
  return {
    add(chunk) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
    },
    rows: () => lines,
  };
}
