import { SingleBar } from 'cli-progress';
import { count } from '../format.ts';
import type { Input } from './open-input.ts';
import type { Tally } from './tally.ts';

const BAR_REFRESH_MS = 200;
const LINE_EVERY_MS = 5_000;

/** A bar on a terminal, a line every few seconds elsewhere; both on standard error. */
export function startProgress(
  input: Pick<Input, 'totalBytes' | 'readBytes'>,
  tally: Tally,
): { stop(): void } {
  const startedAtMs = Date.now();
  const text = () => progressText(tally, Date.now() - startedAtMs);
  if (process.stderr.isTTY && input.totalBytes !== undefined) return startBar(input.totalBytes, input, text);
  const timer = setInterval(() => process.stderr.write(`${text()}\n`), LINE_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

function startBar(totalBytes: number, input: Pick<Input, 'readBytes'>, text: () => string): { stop(): void } {
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(Math.max(totalBytes, 1), 0, { text: text() });
  const draw = () => bar.update(Math.min(input.readBytes(), totalBytes), { text: text() });
  const timer = setInterval(draw, BAR_REFRESH_MS);
  return {
    stop() {
      clearInterval(timer);
      bar.stop();
    },
  };
}

export function progressText(tally: Tally, elapsedMs: number): string {
  const perS = elapsedMs > 0 ? Math.round((tally.accepted / elapsedMs) * 1_000) : 0;
  return [
    `${count(tally.accepted)} accepted`,
    `${count(perS)}/s`,
    `${count(tally.rejected)} rejected`,
    ...(tally.retries > 0
      ? [`${count(tally.retries)} repeated (${[...tally.retriedByCode.keys()].join(', ')})`]
      : []),
  ].join(', ');
}
