import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';
import { type OtlpReceiver, startOtlpReceiver } from './testing/index.ts';
import { type FinishedSpan, startTracing, type Tracing } from './tracing.ts';

let receiver: OtlpReceiver;
let metrics: Metrics;
let tracing: Tracing | null;
const warn = vi.fn();

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  metrics = createMetrics({ service: 'test' });
  warn.mockReset();
});
afterEach(async () => {
  await tracing?.close();
  await receiver.close();
});

const start = async (endpoint: string | undefined, headers?: string) => {
  tracing = await startTracing({
    ...{ service: 'pii-scrubber', instance: 'host/1', endpoint, headers, metrics },
    log: { warn } as never,
  });
  return tracing;
};
const span = (change: Partial<FinishedSpan> = {}): FinishedSpan => ({
  name: 'process',
  kind: 'consumer',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  parentSpanId: 'a1b2c3d4e5f60718',
  startMs: 1_700_000_000_123,
  endMs: 1_700_000_000_456,
  attributes: { 'messaging.destination.name': 't', 'messaging.kafka.offset': 7 },
  ...change,
});
const counted = async (result: string) =>
  new RegExp(`fineprint_trace_spans_total\\{result="${result}".*\\} (\\d+)`).exec(await metrics.text())?.[1];

it('makes no spans where nobody takes them', async () => {
  expect(await start(undefined)).toBeNull();
});

it('sends spans as they are, under the name of their service, with the headers that were asked for', async () => {
  const started = await start(`${receiver.url}/`, 'authorization=Bearer%20x, x-team = data');
  started?.record(span());
  started?.record(span({ spanId: 'b7ad6b7169203331', parentSpanId: null, kind: 'server' }));
  await started?.close();
  const [first, second] = receiver.spans();
  expect(first).toEqual({
    service: 'pii-scrubber',
    name: 'process',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    parentSpanId: 'a1b2c3d4e5f60718',
    startMs: 1_700_000_000_123,
    endMs: 1_700_000_000_456,
    attributes: { 'messaging.destination.name': 't', 'messaging.kafka.offset': 7 },
  });
  expect(second?.parentSpanId).toBeNull();
  expect(receiver.headers()).toMatchObject({ authorization: 'Bearer x', 'x-team': 'data' });
  expect(await counted('exported')).toBe('2');
});

it('loses spans and nothing else where the collector refuses them, and says so once', async () => {
  receiver.answer(400);
  const started = await start(receiver.url);
  for (let i = 0; i < 3; i++) started?.record(span());
  await started?.close();
  expect([await counted('failed'), warn.mock.calls.length]).toEqual(['3', 1]);
});

it('drops what finds no room', async () => {
  receiver.answer(400);
  const started = await start(receiver.url);
  for (let i = 0; i < 10_000; i++) started?.record(span());
  expect(Number(await counted('dropped'))).toBeGreaterThan(0);
});
