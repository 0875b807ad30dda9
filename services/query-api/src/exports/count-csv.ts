import type { RowCounter } from '@fineprint/parquet';

const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** Rows of a CSV with a header: a line's end within quotes is a value's. A doubled quote ends a value and begins it again. */
export function createCsvCounter(): RowCounter {
  let lines = 0;
  let quoted = false;
  return {
    add(chunk) {
      let from = 0;
      while (from < chunk.length) {
        const quote = chunk.indexOf(QUOTE, from);
        const end = quote < 0 ? chunk.length : quote;
        if (!quoted) lines += newlines(chunk, from, end);
        if (quote >= 0) quoted = !quoted;
        from = end + 1;
      }
    },
    rows() {
      if (quoted || lines === 0) throw new Error('the CSV ends within a value, or has no header');
      return lines - 1;
    },
  };
}

function newlines(chunk: Buffer, from: number, end: number): number {
  let found = 0;
  for (let at = chunk.indexOf(NEWLINE, from); at >= 0 && at < end; at = chunk.indexOf(NEWLINE, at + 1))
    found++;
  return found;
}
