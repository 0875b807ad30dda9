import { setTimeout as sleep } from 'node:timers/promises';

export interface RoundsOptions {
  /** One piece of work; resolves with how long to wait for the next. */
  readonly round: () => Promise<number>;
  /** Waited after a failure, which is told and tried again. */
  readonly retryMs: number;
  readonly onError: (error: unknown) => void;
}

export interface Rounds {
  /** Resolves when the round that is under way has ended; none begins. */
  stop(): Promise<void>;
}

/** One round after another until it is stopped, never two at once. */
export function startRounds({ round, retryMs, onError }: RoundsOptions): Rounds {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const waitMs = await round().catch((error: unknown) => {
        onError(error);
        return retryMs;
      });
      if (waitMs > 0) await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined); // stopped
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
