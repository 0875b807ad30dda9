import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Tracing } from '@fineprint/observability';
import { parseTrace, renderTrace, TRACE_HEADER, type TraceContext } from '@fineprint/stream-runtime';
import { Problem } from '../problem/problem.ts';

/** What a request's span is called by; nothing of its content. */
export interface TracedRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Of an answer that is no problem. */
  readonly status: number;
}

/** The traces that requests begin, or go on with. */
export interface RequestTraces {
  /** `work` gets the traceparent that the request's records carry; null where no spans are made of it. */
  during<T>(
    req: Pick<IncomingMessage, 'headers'>,
    route: TracedRoute,
    work: (traceparent: string | null) => Promise<T>,
  ): Promise<T>;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const randomId = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Without tracing a sampled trace passes through as it is: others may make spans of it. */
export function createRequestTraces(
  tracing: Tracing | null,
  options: { readonly share: number; readonly nowMs: () => number; readonly random: () => number },
): RequestTraces {
  const given = (req: Pick<IncomingMessage, 'headers'>) => parseTrace(req.headers[TRACE_HEADER]);
  if (tracing === null)
    return {
      during(req, _route, work) {
        const trace = given(req);
        return work(trace?.isSampled ? renderTrace(trace) : null);
      },
    };

  /** Whoever sent a trace has decided whether spans are made of it. */
  const begin = (parent: TraceContext | null): TraceContext | null => {
    if (!(parent?.isSampled ?? options.random() < options.share)) return null;
    const traceId = parent?.traceId ?? randomId(TRACE_ID_BYTES);
    return { traceId, spanId: randomId(SPAN_ID_BYTES), isSampled: true };
  };

  return {
    async during(req, route, work) {
      const parent = given(req);
      const trace = begin(parent);
      if (trace === null) return work(null);
      const startMs = options.nowMs();
      let status = route.status;
      try {
        return await work(renderTrace(trace));
      } catch (error) {
        status = error instanceof Problem ? error.status : 500;
        throw error;
      } finally {
        tracing.record({
          name: `${route.method} ${route.path}`,
          kind: 'server',
          traceId: trace.traceId,
          spanId: trace.spanId,
          parentSpanId: parent?.spanId ?? null,
          startMs,
          endMs: options.nowMs(),
          attributes: {
            'http.request.method': route.method,
            'http.route': route.path,
            'http.response.status_code': status,
          },
          hasFailed: status >= 500,
        });
      }
    },
  };
}
