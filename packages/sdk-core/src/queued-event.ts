/** Which of the gateway's batch paths takes an event. */
export type Route = 'product' | 'ai';

export const routePaths: Readonly<Record<Route, string>> = {
  product: '/api/v1/product/events/batch',
  ai: '/api/v1/ai/events/batch',
};

/** An event as it waits: its id and bytes are made once, before it is stored or sent, and never change. */
export interface QueuedEvent {
  readonly id: string;
  readonly route: Route;
  /** The event as JSON, in one line. */
  readonly text: string;
  readonly bytes: number;
  readonly createdMs: number;
}

export interface Batch {
  readonly route: Route;
  readonly events: readonly QueuedEvent[];
}

export interface BatchLimits {
  readonly batchEvents: number;
  readonly batchBytes: number;
}

/** Between two events of a body. */
const COMMA_BYTES = 1;

/** How many events from the front go into one request: of one path, in order, at least one. */
export function batchLength(queue: readonly QueuedEvent[], limits: BatchLimits): number {
  const [first] = queue;
  let bytes = 0;
  let count = 0;
  for (const event of queue) {
    bytes += event.bytes + COMMA_BYTES;
    const isTooMuch = count >= limits.batchEvents || bytes > limits.batchBytes;
    if (event.route !== first?.route || (count > 0 && isTooMuch)) break;
    count++;
  }
  return count;
}

/** A request's body. `sent_at`, by the same clock as the events' times, lets the gateway correct that clock. */
export function payloadOf(batch: Batch, sentAtMs: number, writeKey?: string): string {
  const key = writeKey === undefined ? '' : `"write_key":${JSON.stringify(writeKey)},`;
  const sentAt = new Date(sentAtMs).toISOString();
  return `{${key}"sent_at":"${sentAt}","events":[${batch.events.map((e) => e.text).join(',')}]}`;
}
