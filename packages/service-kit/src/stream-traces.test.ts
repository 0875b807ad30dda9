import type { FinishedSpan } from '@fineprint/observability';
import { carriedTrace, createAccount, parseTrace } from '@fineprint/stream-runtime';
import { expect, it } from 'vitest';
import { createStreamTraces } from './stream-traces.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

it('the span of a record is the one that what was made of it names as its parent', () => {
  const spans: FinishedSpan[] = [];
  const tracing = { record: (span: FinishedSpan) => void spans.push(span), close: () => Promise.resolve() };
  const observer = createStreamTraces({ node: 'pii-scrubber', group: 'g' }, tracing, () => 5_000);
  const trace = parseTrace(PARENT);
  if (trace === null) throw new Error('no trace');
  observer.processed({
    topic: 'product.events.raw',
    partition: 2,
    account: createAccount(),
    nextOffset: 8,
    traced: [{ trace, offset: 7, receivedMs: 4_000 }],
    durationMs: 300,
  });
  const place = { node: 'pii-scrubber', topic: 'product.events.raw', partition: 2, offset: 7 } as const;
  expect(spans).toEqual([
    expect.objectContaining({
      name: 'process product.events.raw',
      traceId: trace.traceId,
      parentSpanId: trace.spanId,
      spanId: parseTrace(carriedTrace(PARENT, place))?.spanId,
      startMs: 4_700,
      endMs: 5_000,
      attributes: expect.objectContaining({ 'messaging.kafka.offset': 7, 'fineprint.age_ms': 700 }),
    }),
  ]);
});
