/** One line of a byte stream, without its line end. `null` stands for a line over the limit, whose bytes were let go. */
export type Line = Buffer | null;

export interface LineSplitter {
  /** The lines that this chunk completes. */
  push(chunk: Buffer): Line[];
  /** What stands after the last line end, if anything. */
  end(): Line[];
}

const NEWLINE = 10;

/**
 * Splits bytes at newlines, holding at most `maxLineBytes` and one chunk. Bytes, not text: a character cut by a chunk's
 * border stays whole, and what is not UTF-8 can still be seen by the reader.
 */
export function createLineSplitter(maxLineBytes: number): LineSplitter {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  let tooLong = false;

  const hold = (part: Buffer) => {
    heldBytes += part.length;
    if (heldBytes > maxLineBytes) {
      tooLong = true;
      parts = [];
    } else if (part.length > 0) parts.push(part);
  };
  const take = (): Line => {
    const line = tooLong ? null : parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
    parts = [];
    heldBytes = 0;
    tooLong = false;
    return line;
  };

  return {
    push(chunk) {
      const lines: Line[] = [];
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        hold(chunk.subarray(from, at));
        lines.push(take());
        from = at + 1;
      }
      hold(chunk.subarray(from));
      return lines;
    },
    end: () => (heldBytes > 0 ? [take()] : []),
  };
}
