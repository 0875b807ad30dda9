import type { Tracing } from '@fineprint/observability';
import {
  type ProcessedEvent,
  type StreamObserver,
  spanIdAt,
  type TracedPlace,
} from '@fineprint/stream-runtime';
import type { NodeName } from '@fineprint/topology';

const nothing = () => undefined;

/** A span for each traced record of a piece of work, once its effects are acknowledged. */
export function createStreamTraces(
  { node, group }: { readonly node: NodeName; readonly group: string },
  tracing: Tracing,
  nowMs: () => number,
): StreamObserver {
  const spansOf = ({ topic, partition, traced, durationMs }: ProcessedEvent) => {
    const endMs = nowMs();
    const startMs = endMs - durationMs;
    for (const { trace, offset, receivedMs } of traced) {
      const place: TracedPlace = { node, topic, partition, offset };
      tracing.record({
        name: `process ${topic}`,
        kind: 'consumer',
        traceId: trace.traceId,
        spanId: spanIdAt(trace, place),
        parentSpanId: trace.spanId,
        startMs,
        endMs,
        attributes: {
          'messaging.system': 'kafka',
          'messaging.operation.type': 'process',
          'messaging.consumer.group.name': group,
          'messaging.destination.name': topic,
          'messaging.destination.partition.id': String(partition),
          'messaging.kafka.offset': offset,
          // Since the gateway took it: what lies between is waiting, for other stages and in this one.
          'fineprint.age_ms': Math.max(0, startMs - receivedMs),
        },
      });
    }
  };
  return {
    assigned: nothing,
    revoked: nothing,
    fetched: nothing,
    processed: spansOf,
    retrying: nothing,
    commitFailed: nothing,
  };
}
