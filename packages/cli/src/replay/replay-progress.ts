import { SingleBar } from 'cli-progress';
import { count } from '../format.ts';

const LINE_EVERY_MS = 5_000;

/** A bar per step on a terminal, a line now and then elsewhere; both on standard error. */
export function startReplayProgress(stream: NodeJS.WriteStream = process.stderr) {
  return stream.isTTY ? bars(stream) : plainLines(stream);
}

function bars(stream: NodeJS.WriteStream) {
  let current: { step: string; bar: SingleBar } | undefined;
  return {
    on(step: string, done: number, total: number) {
      if (current?.step !== step) {
        current?.bar.stop();
        const bar = new SingleBar({
          format: '{bar} {percentage}% | {step} | {value}/{total}',
          barCompleteChar: '█',
          barIncompleteChar: '░',
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
          stream,
        });
        bar.start(Math.max(total, 1), done, { step });
        current = { step, bar };
      }
      current.bar.update(Math.min(done, total), { step });
    },
    stop: () => current?.bar.stop(),
  };
}

function plainLines(stream: NodeJS.WriteStream) {
  let said = '';
  let lastMs = 0;
  return {
    on(step: string, done: number, total: number) {
      const now = Date.now();
      if (step === said && now - lastMs < LINE_EVERY_MS) return;
      said = step;
      lastMs = now;
      stream.write(`${step}: ${count(done)} of ${count(total)}\n`);
    },
    stop: () => undefined,
  };
}
