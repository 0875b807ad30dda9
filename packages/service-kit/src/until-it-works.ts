import type { Logger, ReadyReason } from '@fineprint/observability';
import { StreamError } from '@fineprint/stream-runtime';

export interface Attempts<T> {
  /** The result; undefined when stopped first. */
  readonly result: Promise<T | undefined>;
  /** What the last try failed with. */
  reasons(): readonly ReadyReason[];
  stop(): void;
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;

/** Tries something at the start until it works: what a service needs may come later than the service. */
export function untilItWorks<T>(
  what: string,
  code: string,
  attempt: () => Promise<T>,
  log: Logger,
): Attempts<T> {
  let reason: ReadyReason | null = null;
  let stopped = false;
  let wake = () => {};
  const run = async (): Promise<T | undefined> => {
    for (let delayMs = FIRST_DELAY_MS; !stopped; delayMs = Math.min(MAX_DELAY_MS, 2 * delayMs)) {
      try {
        const result = await attempt();
        reason = null;
        return result;
      } catch (err) {
        const message = err instanceof Error ? err.message : String(err);
        reason = { code: err instanceof StreamError ? err.code : code, message: `${what}: ${message}` };
        log.warn({ err, retryMs: delayMs }, `${what}: failed, trying again`);
        await pause(delayMs);
      }
    }
    return undefined;
  };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopped) wake();
    });
  return {
    result: run(),
    reasons: () => (reason === null ? [] : [reason]),
    stop() {
      stopped = true;
      wake();
    },
  };
}
