import type { Clock } from '@fineprint/stream-runtime';

export interface VirtualClock extends Clock {
  /** Turns time from timer to timer until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** Time that passes when nothing else happens: ten minutes take as long as what is done in them. */
export function createVirtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    nowMs: () => nowMs,
    after(ms, callback) {
      const timer = { atMs: nowMs + Math.max(0, ms), callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((t) => t !== timer);
      };
    },
    async run(work) {
      let isDone = false;
      void work.then(
        () => (isDone = true),
        () => (isDone = true),
      );
      for (;;) {
        await settle();
        if (isDone) return work;
        const [first] = timers.toSorted((a, b) => a.atMs - b.atMs);
        if (first === undefined) throw new Error('nothing happens any more, and the work is not done');
        nowMs = Math.max(nowMs, first.atMs);
        timers = timers.filter((t) => t !== first);
        first.callback();
      }
    },
  };
}
