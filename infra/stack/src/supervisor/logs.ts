import fs from 'node:fs';
import path from 'node:path';

const KEPT_FILES = 3;
const TAIL_BYTES = 64 * 1024;

export function logFileOf(dataDir: string, name: string): string {
  return path.join(dataDir, 'logs', `${name}.log`);
}

/** A start over the limit begins a new file; `name.log.1` is the one before it. At most `KEPT_FILES` older ones are kept. */
export function rotateLog(file: string, maxBytes = 8 * 1024 * 1024): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const sizeBytes = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes <= maxBytes) return;
  for (let index = KEPT_FILES - 1; index >= 1; index -= 1) {
    if (fs.existsSync(`${file}.${index}`)) fs.renameSync(`${file}.${index}`, `${file}.${index + 1}`);
  }
  fs.renameSync(file, `${file}.1`);
}

/** The last lines written after `fromByte`. */
export function tailLog(file: string, lineCount: number, fromByte = 0): string[] {
  const sizeBytes = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const start = Math.max(fromByte, sizeBytes - TAIL_BYTES);
  if (sizeBytes <= start) return [];
  const buffer = Buffer.alloc(sizeBytes - start);
  const descriptor = fs.openSync(file, 'r');
  try {
    fs.readSync(descriptor, buffer, 0, buffer.length, start);
  } finally {
    fs.closeSync(descriptor);
  }
  const lines = buffer
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.slice(-lineCount);
}
