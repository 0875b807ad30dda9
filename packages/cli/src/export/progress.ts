import { SingleBar } from 'cli-progress';
import { bytes, count } from '../format.ts';

const REFRESH_MS = 200;
const NEWLINE = 0x0a;

/** A bar on a terminal, on standard error; nothing elsewhere. Of Parquet only bytes are known before the end. */
export function startExportProgress(
  expectedRows: number | null,
  format: string,
): { add(chunk: Buffer): void; stop(): void } {
  if (!process.stderr.isTTY) return { add: () => undefined, stop: () => undefined };
  const startedAtMs = Date.now();
  const countsRows = format !== 'parquet' && expectedRows !== null;
  let size = 0;
  let lines = 0;
  const text = () => {
    const perS = (size / Math.max(1, Date.now() - startedAtMs)) * 1_000;
    const rows = countsRows ? `${count(lines)} of ${count(expectedRows)} rows, ` : '';
    return `${rows}${bytes(size)}, ${bytes(perS)}/s`;
  };
  const bar = new SingleBar({
    format: countsRows ? '{bar} {percentage}% | {text}' : '{text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  const total = Math.max(1, expectedRows ?? 1);
  bar.start(total, 0, { text: text() });
  const timer = setInterval(() => bar.update(Math.min(lines, total), { text: text() }), REFRESH_MS);
  return {
    add(chunk) {
      size += chunk.length;
      if (!countsRows) return;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
    },
    stop() {
      clearInterval(timer);
      bar.stop();
    },
  };
}
