import type { QueuedEvent } from '@fineprint/sdk-core';

/** Where events are kept until the gateway has them. */
export interface Queue {
  /** What an earlier process left. */
  readonly restored: readonly QueuedEvent[];
  /** Resolves once the event is kept. */
  put(event: QueuedEvent): Promise<void>;
  /** The oldest ones need no keeping any more. */
  remove(count: number): void;
  close(): Promise<void>;
}

/** The outbox itself holds them. */
export const memoryQueue: Queue = {
  restored: [],
  put: () => Promise.resolve(),
  remove: () => undefined,
  close: () => Promise.resolve(),
};
