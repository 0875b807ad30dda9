import { SingleBar } from 'cli-progress';

/** A bar of steps on a terminal, nothing elsewhere; on standard error. */
export function startSteps(): { show(done: number, all: number): void; stop(): void } {
  if (!process.stderr.isTTY) return { show: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: '{bar} {value} of {total}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  let isStarted = false;
  return {
    show(done, all) {
      if (!isStarted) bar.start(all, done);
      isStarted = true;
      bar.update(done);
    },
    stop() {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}
