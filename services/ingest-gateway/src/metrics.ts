import type { Counter, Histogram, Metrics } from '@fineprint/observability';

/** What the gateway counts. */
export interface GatewayMetrics {
  readonly requests: Counter<'route' | 'status'>;
  readonly accepted: Counter<'route'>;
  readonly rejected: Counter<'code'>;
  readonly bodyBytes: Counter<'route'>;
  readonly spooled: Counter<string>;
  readonly drained: Counter<string>;
  readonly unclaimed: Counter<string>;
  readonly ackSeconds: Histogram<string>;
  readonly requestSeconds: Histogram<string>;
}

/** Values that are read when Prometheus asks. */
export interface GatewayGauges {
  queuedBytes(): number;
  bodyBytesInMemory(): number;
  keysAgeSeconds(): number;
  spoolBytes(): number;
  isSpooling(): number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createGatewayMetrics(metrics: Metrics, gauges: GatewayGauges): GatewayMetrics {
  metrics.gaugeOf(
    'fineprint_gateway_queued_bytes',
    'Bytes of records that wait for Kafka.',
    gauges.queuedBytes,
  );
  metrics.gaugeOf(
    'fineprint_gateway_body_bytes_in_memory',
    'Bytes of request bodies held.',
    gauges.bodyBytesInMemory,
  );
  metrics.gaugeOf(
    'fineprint_gateway_write_keys_age_seconds',
    'Since the write keys were read.',
    gauges.keysAgeSeconds,
  );
  metrics.gaugeOf('fineprint_gateway_spool_bytes', 'Bytes on disk that wait for Kafka.', gauges.spoolBytes);
  metrics.gaugeOf(
    'fineprint_gateway_spooling',
    '1 while events go to the spool instead of Kafka.',
    gauges.isSpooling,
  );
  return {
    requests: metrics.counter({
      name: 'fineprint_gateway_requests_total',
      help: 'Answers by route and status.',
      labelNames: ['route', 'status'],
    }),
    accepted: metrics.counter({
      name: 'fineprint_gateway_events_accepted_total',
      help: 'Events that Kafka has confirmed, or that are in the spool.',
      labelNames: ['route'],
    }),
    rejected: metrics.counter({
      name: 'fineprint_gateway_events_rejected_total',
      help: 'Events refused and recorded in the dead letter, and requests refused, by code.',
      labelNames: ['code'],
    }),
    bodyBytes: metrics.counter({
      name: 'fineprint_gateway_body_bytes_total',
      help: 'Bytes of request bodies, inflated.',
      labelNames: ['route'],
    }),
    spooled: metrics.counter({
      name: 'fineprint_gateway_spooled_records_total',
      help: 'Records written to the spool because Kafka was away.',
    }),
    drained: metrics.counter({
      name: 'fineprint_gateway_drained_records_total',
      help: 'Records of the spool that Kafka has confirmed since.',
    }),
    unclaimed: metrics.counter({
      name: 'fineprint_gateway_unclaimed_records_total',
      help: 'Records that Kafka has confirmed and that the ledger could not be told of in time.',
    }),
    ackSeconds: metrics.histogram({
      name: 'fineprint_gateway_ack_seconds',
      help: "From a write to Kafka's confirmation, or the spool's.",
      buckets: SECONDS,
    }),
    requestSeconds: metrics.histogram({
      name: 'fineprint_gateway_request_seconds',
      help: 'From a request to its answer, ingest routes.',
      buckets: SECONDS,
    }),
  };
}
