import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface LoggedError {
  readonly name: string;
  readonly time: string;
  readonly message: string;
}

const MAX_READ_BYTES = 256 << 10;

/** Reads what was added to log files since the last look, and keeps the last errors in it. */
export function createErrorWatch(keep: number) {
  const offsets = new Map<string, number>();
  let errors: LoggedError[] = [];
  return {
    /** The first look at a file only notes where it ends. */
    look(name: string, file: string): void {
      const { text, end } = readFrom(file, offsets.get(file));
      offsets.set(file, end);
      errors = [...errors, ...errorsIn(name, text)].slice(-keep);
    },
    last: (): readonly LoggedError[] => errors,
  };
}

function readFrom(file: string, from: number | undefined): { text: string; end: number } {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return { text: '', end: 0 }; // not begun yet
  }
  try {
    const { size } = fstatSync(descriptor);
    if (from === undefined) return { text: '', end: size };
    const start = from > size ? 0 : Math.max(from, size - MAX_READ_BYTES); // smaller than before: a new file
    const buffer = Buffer.alloc(size - start);
    readSync(descriptor, buffer, 0, buffer.length, start);
    const end = buffer.lastIndexOf(10) + 1; // a line that is still being written waits for the next look
    return { text: buffer.toString('utf8', 0, end), end: start + end };
  } finally {
    closeSync(descriptor);
  }
}

export function errorsIn(name: string, text: string): LoggedError[] {
  return text.split('\n').flatMap((line) => {
    if (!/"level":"(error|fatal)"/.test(line)) return [];
    try {
      const { time, msg, err } = JSON.parse(line) as {
        time?: string;
        msg?: string;
        err?: { message?: string };
      };
      const message = [msg, err?.message].filter(Boolean).join(': ');
      return [{ name, time: String(time ?? ''), message }];
    } catch {
      return []; // not a line of our logger
    }
  });
}
