import { expect, it } from 'vitest';
import type { InputRecord } from './ports.ts';
import { bothTraced, carriedTrace, parseTrace, renderTrace, spanIdAt, tracedOf } from './trace-context.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const sampled = `00-${TRACE_ID}-${SPAN_ID}-01`;
const place = { node: 'pii-scrubber', topic: 'product.events.raw', partition: 3, offset: 17 } as const;

it('reads what W3C says, from text and from bytes, and nothing else', () => {
  const trace = { traceId: TRACE_ID, spanId: SPAN_ID, isSampled: true };
  expect([parseTrace(sampled), parseTrace(Buffer.from(sampled))]).toEqual([trace, trace]);
  expect(renderTrace(trace)).toBe(sampled);
  expect(parseTrace(`00-${TRACE_ID}-${SPAN_ID}-02`)?.isSampled).toBe(false);
  for (const wrong of [
    undefined,
    null,
    7,
    '',
    [sampled],
    'jane@example.com',
    `${sampled}\r\nX: 1`,
    sampled.toUpperCase(),
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
  ])
    expect(parseTrace(wrong)).toBeNull();
});

it('goes on under the span of the work, which is the same when the work is repeated', () => {
  const first = carriedTrace(sampled, place);
  expect(first).toBe(carriedTrace(Buffer.from(sampled), place));
  const trace = parseTrace(first);
  expect(trace).toMatchObject({ traceId: TRACE_ID, isSampled: true });
  expect(trace?.spanId).not.toBe(SPAN_ID);
  const parent = { traceId: TRACE_ID, spanId: SPAN_ID, isSampled: true };
  expect(trace?.spanId).toBe(spanIdAt(parent, place));
  expect(spanIdAt(parent, { ...place, offset: 18 })).not.toBe(trace?.spanId);
});

it('without spans goes on as it came', () => {
  const unsampled = sampled.replace(/1$/, '0');
  expect(carriedTrace(unsampled, place)).toBe(unsampled);
  expect(carriedTrace('jane@example.com', place)).toBeNull();
});

it('takes no more records of a batch than it may', () => {
  const record = (offset: number, traceparent?: string): InputRecord => ({
    offset,
    timestampMs: offset * 10,
    key: null,
    value: null,
    headers: traceparent === undefined ? {} : { traceparent },
  });
  const some = tracedOf([record(1), record(2, sampled), record(3, sampled.replace(/1$/, '0'))]);
  expect(some).toEqual([{ trace: parseTrace(sampled), offset: 2, receivedMs: 20 }]);
  const many = tracedOf(Array.from({ length: 1_000 }, (_, i) => record(i, sampled)));
  expect([many.length, bothTraced(some, many).length]).toEqual([32, 32]);
});
