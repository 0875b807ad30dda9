import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

/** Archive files are written and read here and nowhere else: what changes their bytes (encryption) belongs here. */
export const openForWriting = (file: string): Writable =>
  createWriteStream(file, { flags: 'wx', flush: true });

export const openForReading = (file: string): Readable => createReadStream(file);
