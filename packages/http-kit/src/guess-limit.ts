/** Bounds how often somebody may try keys that are none. */
export interface GuessLimit {
  /** How long this client must wait before another guess; 0 where it may guess now. */
  waitMs(client: string): number;
  /** Counts a wrong guess. */
  failed(client: string): void;
}

export interface GuessLimitOptions {
  readonly maxFailures: number;
  readonly windowMs: number;
  readonly nowMs: () => number;
}

/** Clients that are remembered; beyond it the one that was quiet for longest is forgotten. */
const MAX_CLIENTS = 10_000;

/** So many failures per client and window. It bounds what guessing costs this instance: 256 random bits are not guessed anyway. */
export function createGuessLimit({ maxFailures, windowMs, nowMs }: GuessLimitOptions): GuessLimit {
  const clients = new Map<string, { failures: number; readonly endsAtMs: number }>();

  const current = (client: string) => {
    const found = clients.get(client);
    return found !== undefined && nowMs() < found.endsAtMs ? found : undefined;
  };
  return {
    waitMs(client) {
      const found = current(client);
      return found === undefined || found.failures < maxFailures ? 0 : found.endsAtMs - nowMs();
    },
    failed(client) {
      const found = current(client) ?? { failures: 0, endsAtMs: nowMs() + windowMs };
      found.failures++;
      clients.delete(client);
      clients.set(client, found);
      for (const oldest of clients.keys()) {
        if (clients.size <= MAX_CLIENTS) break;
        clients.delete(oldest);
      }
    },
  };
}
