/** Where a partition ended when it was looked at. */
interface Sample {
  readonly atMs: number;
  readonly high: number;
}

/** Tells an offset's age by when the partition's end passed it. */
export interface EndHistory {
  note(high: number, atMs: number): void;
  /**
   * Since when the record at `position` waits, in milliseconds; 0 where there is none. What was there before the first look has
   * waited for at least as long as we have looked.
   */
  waitingMs(position: number, nowMs: number): number;
}

const MAX_SAMPLES = 128;

/** Bounded: of old samples every other one is forgotten, so that a long standstill is told less exactly, and no shorter. */
export function createEndHistory(): EndHistory {
  let samples: Sample[] = [];
  return {
    note(high, atMs) {
      const last = samples.at(-1);
      if (last !== undefined && (atMs <= last.atMs || high < last.high)) samples = []; // another topic, or another clock
      const before = samples.at(-2);
      // Of a time in which nothing came the beginning and the end say everything.
      if (before?.high === high && samples.at(-1)?.high === high) samples.pop();
      samples.push({ atMs, high });
      if (samples.length > MAX_SAMPLES) samples = thinned(samples);
    },
    waitingMs(position, nowMs) {
      const index = samples.findIndex(({ high }) => high > position);
      const after = samples[index];
      if (after === undefined) return 0;
      const before = samples[index - 1];
      const cameMs =
        before === undefined
          ? after.atMs
          : before.atMs +
            ((after.atMs - before.atMs) * (position + 1 - before.high)) / (after.high - before.high);
      return Math.max(0, nowMs - cameMs);
    },
  };
}

/** The first one stays: it says how long we have looked. The newer half stays whole. */
function thinned(samples: readonly Sample[]): Sample[] {
  const half = samples.length >> 1;
  return samples.filter((_, i) => i === 0 || i >= half || i % 2 === 0);
}
