import type { ChaosProgress } from '@fineprint/chaos';
import { SingleBar } from 'cli-progress';
import { count, duration } from '../format.ts';

const LINE_EVERY_MS = 5_000;

/** A bar on a terminal, a line every few seconds elsewhere; both on standard error. */
export function startChaosProgress(totalMs: number, stream: NodeJS.WriteStream = process.stderr) {
  if (!stream.isTTY) return plainLines(stream);
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream,
  });
  bar.start(totalMs, 0, { text: 'starting' });
  return {
    on: (progress: ChaosProgress) =>
      bar.update(Math.min(totalMs, progress.elapsedMs), { text: chaosProgressText(progress) }),
    stop: () => bar.stop(),
  };
}

function plainLines(stream: NodeJS.WriteStream) {
  let lastMs = Number.NEGATIVE_INFINITY;
  let said = '';
  return {
    on(progress: ChaosProgress) {
      const news = `${progress.phase} ${progress.doing}`;
      if (news === said && progress.elapsedMs - lastMs < LINE_EVERY_MS) return;
      said = news;
      lastMs = progress.elapsedMs;
      stream.write(`${duration(progress.elapsedMs)}: ${chaosProgressText(progress)}\n`);
    },
    stop: () => undefined,
  };
}

export function chaosProgressText({ phase, sent, acknowledged, stored, doing }: ChaosProgress): string {
  const figures = `${count(sent)} sent, ${count(acknowledged)} acknowledged, ${count(stored)} stored`;
  return `${doing === '' ? phase : doing}; ${figures}`;
}
