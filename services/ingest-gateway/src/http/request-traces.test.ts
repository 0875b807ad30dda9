import type { FinishedSpan, Tracing } from '@fineprint/observability';
import { beforeEach, expect, it } from 'vitest';
import { Problem } from '../problem/problem.ts';
import { createRequestTraces } from './request-traces.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const route = { method: 'POST', path: '/api/v1/product/events', status: 202 } as const;
const withTrace = (flags: string) => ({ headers: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` } });

let spans: FinishedSpan[] = [];
const tracing: Tracing = {
  record: (span) => void spans.push(span),
  close: () => Promise.resolve(),
};
beforeEach(() => {
  spans = [];
});
const make = (share: number, on: Tracing | null = tracing) =>
  createRequestTraces(on, { share, nowMs: () => 1_000, random: () => 0.5 });
const carried = (traces: ReturnType<typeof make>, req: { headers: Record<string, string> }) =>
  traces.during(req, route, (traceparent) => Promise.resolve(traceparent));

it('goes on with a trace that came, under a span of its own', async () => {
  const traceparent = await carried(make(0), withTrace('01'));
  const [span] = spans;
  expect(traceparent).toBe(`00-${TRACE_ID}-${span?.spanId}-01`);
  expect(span).toMatchObject({
    name: 'POST /api/v1/product/events',
    kind: 'server',
    traceId: TRACE_ID,
    parentSpanId: SPAN_ID,
    attributes: { 'http.response.status_code': 202 },
    hasFailed: false,
  });
});

it('begins one for a share of the requests that bring none, and for none that says no', async () => {
  expect(await carried(make(0.4), { headers: {} })).toBeNull();
  expect(await carried(make(1), withTrace('00'))).toBeNull();
  expect(spans).toEqual([]);
  const traceparent = await carried(make(0.6), { headers: { traceparent: 'jane@example.com' } });
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(spans[0]?.parentSpanId).toBeNull();
});

it('tells what a request was refused with', async () => {
  const refuse = () => Promise.reject(new Problem('kafka_unavailable', 'away'));
  await expect(make(1).during({ headers: {} }, route, refuse)).rejects.toThrow('away');
  expect(spans[0]).toMatchObject({ hasFailed: true, attributes: { 'http.response.status_code': 503 } });
});

it('without tracing passes a sampled trace on as it is', async () => {
  const off = make(1, null);
  expect(await carried(off, withTrace('01'))).toBe(withTrace('01').headers.traceparent);
  expect([await carried(off, withTrace('00')), await carried(off, { headers: {} })]).toEqual([null, null]);
});
