import { SingleBar } from 'cli-progress';
import { count } from '../format.ts';

const BAR_REFRESH_MS = 200;
const LINE_EVERY_MS = 5_000;

/** A bar on a terminal, a line every few seconds elsewhere; both on standard error. */
export function startReplayProgress(total: number, done: () => number): { stop(): void } {
  if (!process.stderr.isTTY) {
    const say = () => process.stderr.write(`${count(done())} of ${count(total)} replayed\n`);
    const timer = setInterval(say, LINE_EVERY_MS);
    return { stop: () => clearInterval(timer) };
  }
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {value} of {total} replayed',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(total, 0);
  const timer = setInterval(() => bar.update(done()), BAR_REFRESH_MS);
  return {
    stop() {
      clearInterval(timer);
      bar.stop();
    },
  };
}
