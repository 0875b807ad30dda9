import { createRequire } from 'node:module';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** kafkajs' queue of a connection's requests, mended by us (packages/stream-runtime/patches): it set a timer each millisecond for ever. */
const require = createRequire(import.meta.url);
const file = path.join(
  path.dirname(require.resolve('kafkajs/package.json')),
  'src/network/requestQueue/index.js',
);
interface Queue {
  push(request: object): void;
  fulfillRequest(answer: object): void;
  maybeThrottle(ms: number): void;
  checkPendingRequests(): void;
  destroy(): void;
}
const RequestQueue = require(file) as new (options: object) => Queue;
const log = { debug: () => undefined };

function openQueue(maxInFlightRequests: number | null) {
  const sent: number[] = [];
  const queue = new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 1_000,
    clientId: 'c',
    broker: 'b',
    logger: log,
  });
  const push = (correlationId: number) =>
    queue.push({
      entry: { correlationId, apiKey: 0, apiVersion: 0, resolve: () => undefined, reject: () => undefined },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  const answer = (correlationId: number) =>
    queue.fulfillRequest({ correlationId, payload: Buffer.alloc(0), size: 0 });
  return { queue, sent, push, answer };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('sets no timer while nothing waits', () => {
  const { queue, push, answer } = openQueue(null);
  push(1);
  answer(1);
  queue.checkPendingRequests();
  expect(vi.getTimerCount()).toBe(0);
});

it('sends what waits for a throttle to end, and then sets no timer more', () => {
  const { queue, sent, push, answer } = openQueue(null);
  queue.maybeThrottle(500);
  push(1);
  vi.advanceTimersByTime(499);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(sent).toEqual([1]);
  answer(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('sends what waits for the answer to another request', () => {
  const { sent, push, answer } = openQueue(1);
  push(1);
  push(2);
  vi.advanceTimersByTime(50);
  expect(sent).toEqual([1]);
  answer(1);
  expect(sent).toEqual([1, 2]);
  answer(2);
  vi.advanceTimersByTime(50);
  expect(vi.getTimerCount()).toBe(0);
});
