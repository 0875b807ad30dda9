import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

/** A block of lines at the end of a terminal that is drawn again in place. */
export interface LiveBlock {
  draw(lines: readonly string[]): void;
  /** Leaves the last drawing where it is. */
  end(): void;
}

export function createLiveBlock(stream: Writable & { columns?: number; rows?: number }): LiveBlock {
  let drawn = 0;
  return {
    draw(lines) {
      const columns = stream.columns ?? 120;
      const visible = lines.slice(0, Math.max(1, (stream.rows ?? 50) - 1)).map((line) => cut(line, columns));
      stream.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}\u001b[0J${visible.join('\n')}\n`);
      drawn = visible.length;
    },
    end() {
      drawn = 0;
    },
  };
}

/** A line that wraps would count as two when the cursor goes back up; one with colours that is too long loses them. */
export function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length < columns ? line : `${plain.slice(0, Math.max(0, columns - 2))}…`;
}
