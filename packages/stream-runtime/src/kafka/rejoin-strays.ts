import type { Consumer } from 'kafkajs';
import { PATIENCE_MS, watchForStrays } from './stray-watch.ts';

export interface RejoinOptions {
  readonly sessionTimeoutMs: number;
  /** How long a client is in doubt before it has to join anew. */
  readonly patienceMs?: number;
  /** Leaves, and joins anew. */
  rejoin(): Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Has a client that strayed join its group again, one attempt at a time. */
export function rejoinStrays(
  consumer: Pick<Consumer, 'on' | 'events'>,
  { sessionTimeoutMs, patienceMs = PATIENCE_MS, rejoin, onError }: RejoinOptions,
): void {
  const watch = watchForStrays({ sessionTimeoutMs, patienceMs }, () => performance.now());
  let rejoining = false;
  consumer.on(consumer.events.GROUP_JOIN, watch.joined);
  consumer.on(consumer.events.REBALANCING, watch.leaving);
  consumer.on(consumer.events.HEARTBEAT, watch.heard);
  consumer.on(consumer.events.FETCH, () => {
    if (rejoining || !watch.fetched()) return;
    rejoining = true;
    rejoin()
      .catch(onError)
      .finally(() => {
        rejoining = false;
      });
  });
}
