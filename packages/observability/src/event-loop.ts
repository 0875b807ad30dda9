import type { ReadyReason } from './admin-server.ts';

/** Knows whether this process got to run. While it does not, nothing answers; afterwards this says why. */
export interface EventLoopWatch {
  reasons(): readonly ReadyReason[];
  stop(): void;
}

const TICK_MS = 250;
/** A consumer group gives a member up after 6 s of silence. */
const BLOCKED_MS = 5_000;
/** So long a pause is told afterwards, so that whoever asks every few seconds hears of it. */
const TOLD_FOR_MS = 10_000;

/** Frozen, starved of CPU, or blocked by its own work: a timer that comes seconds late shows all of them. */
export function watchEventLoop(nowMs: () => number = () => performance.now()): EventLoopWatch {
  let tickedAtMs = nowMs();
  let pause = { atMs: Number.NEGATIVE_INFINITY, ms: 0 };
  const note = () => {
    const now = nowMs();
    const ms = now - tickedAtMs - TICK_MS;
    if (ms > BLOCKED_MS) pause = { atMs: now, ms };
    tickedAtMs = now;
  };
  const timer = setInterval(note, TICK_MS);
  timer.unref();
  return {
    reasons() {
      note(); // a request may be answered before a late timer
      if (nowMs() - pause.atMs > TOLD_FOR_MS) return [];
      const message = `the process did nothing for ${Math.round(pause.ms / 1_000)} s`;
      return [{ code: 'process_stalled', message }];
    },
    stop: () => clearInterval(timer),
  };
}
