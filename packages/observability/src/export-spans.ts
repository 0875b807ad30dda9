import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { FinishedSpan, Tracing, TracingOptions } from './tracing.ts';

const MAX_WAITING = 4_096;
const MAX_BATCH = 512;
const SEND_EVERY_MS = 1_000;
/** A collector that hangs; repeats within it are the exporter's. */
const SEND_TIMEOUT_MS = 5_000;
const WARN_EVERY_MS = 30_000;
const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER } as const;

/** Spans to a collector, in batches. One that is away costs spans, and nothing else. */
export function exportSpans(options: TracingOptions & { readonly endpoint: string }): Tracing {
  const { log } = options;
  const spansTotal = options.metrics.counter({
    name: 'fineprint_trace_spans_total',
    help: 'Spans by what became of them: exported, failed (the collector did not take them), dropped (no room).',
    labelNames: ['result'],
  });
  const otlp = new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: headersOf(options.headers),
    timeoutMillis: SEND_TIMEOUT_MS,
    concurrencyLimit: 2,
  });
  let waiting = 0;
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  const exporter: SpanExporter = {
    export(spans, done) {
      waiting -= spans.length;
      otlp.export(spans, (result) => {
        const isTaken = result.code === ExportResultCode.SUCCESS;
        spansTotal.inc({ result: isTaken ? 'exported' : 'failed' }, spans.length);
        if (!isTaken && performance.now() - warnedAtMs > WARN_EVERY_MS) {
          warnedAtMs = performance.now();
          log.warn({ err: result.error, spans: spans.length }, 'spans could not be sent');
        }
        done(result);
      });
    },
    shutdown: () => otlp.shutdown(),
  };
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: MAX_WAITING,
    maxExportBatchSize: MAX_BATCH,
    scheduledDelayMillis: SEND_EVERY_MS,
    exportTimeoutMillis: 2 * SEND_TIMEOUT_MS,
  });
  const resource = resourceFromAttributes({
    'service.name': options.service,
    'service.namespace': 'fineprint',
    'service.instance.id': options.instance,
  });
  return {
    record(span) {
      if (waiting >= MAX_WAITING) {
        spansTotal.inc({ result: 'dropped' });
        return;
      }
      waiting++;
      processor.onEnd(toReadable(span, resource));
    },
    // What could not be sent has been counted and said above.
    close: () => processor.shutdown().catch(() => undefined),
  };
}

/** As OpenTelemetry's own spans look once they have ended. Ours are made whole, because their ids are given. */
function toReadable(span: FinishedSpan, resource: ReadableSpan['resource']): ReadableSpan {
  const { traceId, parentSpanId, startMs, endMs } = span;
  const context = (spanId: string) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context(span.spanId),
    ...(parentSpanId === null ? {} : { parentSpanContext: context(parentSpanId) }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(Math.max(0, endMs - startMs)),
    status: { code: span.hasFailed === true ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'fineprint' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}

function headersOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
  });
  return Object.fromEntries(pairs);
}
