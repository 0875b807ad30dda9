import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** A piece of work that has ended. Nothing of a record belongs in it: topics, offsets, routes and codes only. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: 'server' | 'consumer';
  readonly traceId: string;
  readonly spanId: string;
  /** Null where the trace begins with it. */
  readonly parentSpanId: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly hasFailed?: boolean;
}

export interface Tracing {
  /** Never waits and never throws: spans that find no room are counted and dropped. */
  record(span: FinishedSpan): void;
  /** Sends what is left, in bounded time. */
  close(): Promise<void>;
}

export interface TracingOptions {
  readonly service: string;
  readonly instance: string;
  /** A collector that takes OTLP over HTTP; undefined: no spans are made. */
  readonly endpoint: string | undefined;
  /** `name=value`, comma-separated, as OpenTelemetry has it. */
  readonly headers: string | undefined;
  readonly metrics: Pick<Metrics, 'counter'>;
  readonly log: Pick<Logger, 'warn'>;
}

/** Null where nothing is told where spans go; then none of OpenTelemetry is even loaded. */
export async function startTracing(options: TracingOptions): Promise<Tracing | null> {
  if (options.endpoint === undefined) return null;
  const { exportSpans } = await import('./export-spans.ts');
  return exportSpans({ ...options, endpoint: options.endpoint });
}
