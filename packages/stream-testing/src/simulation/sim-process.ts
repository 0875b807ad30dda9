import type { Clock } from '@fineprint/stream-runtime';
import type { Random } from './random.ts';
import type { CallOptions, Remote } from './remote.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** When the simulated world begins, as its clocks say. */
export const EPOCH_MS = Date.UTC(2026, 0, 15, 10);

/** One run of a service, from its start to its end: what it holds in memory is gone afterwards. */
export interface SimProcess extends Actor {
  /** The wall clock, which jumps, and timers, which do not. */
  readonly clock: Clock;
  /** Goes on while the process is frozen, and never jumps. */
  monotonicMs(): number;
  /** Sets the wall clock forward or back. */
  jumpClock(byMs: number): void;
  /** Asks something outside. The effect happens there, or not; the answer comes back, or not. */
  call<T>(remote: Remote, label: string, effect: () => T | Promise<T>, options?: CallOptions): Promise<T>;
  /** What random choices of the process come from, e.g. ids. */
  readonly random: Random;
}

export function createProcess(name: string, scheduler: Scheduler, random: Random): SimProcess {
  let skewMs = 0;
  const self: SimProcess = {
    name,
    alive: true,
    frozen: false,
    random,
    monotonicMs: () => scheduler.nowMs(),
    jumpClock(byMs) {
      skewMs += byMs;
    },
    clock: {
      nowMs: () => EPOCH_MS + Math.floor(scheduler.nowMs()) + skewMs,
      after: (ms, callback) => scheduler.schedule(ms, 'timer', callback, { actor: self }),
    },
    call: (remote, label, effect, options) => remote.call(self, label, effect, options),
  };
  return self;
}
