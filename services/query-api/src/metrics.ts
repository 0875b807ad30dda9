import type { Counter, Histogram, Metrics } from '@fineprint/observability';

/** What the query API counts. */
export interface QueryMetrics {
  readonly requests: Counter<'route' | 'status'>;
  readonly requestSeconds: Histogram<'route'>;
  readonly problems: Counter<'code'>;
  readonly cache: Counter<'result'>;
  readonly segments: Counter<'result'>;
  readonly exportedRows: Counter<'format'>;
  readonly exportedBytes: Counter<'format'>;
  readonly clickhouseSeconds: Histogram<string>;
}

/** Values that are read when Prometheus asks. */
export interface QueryGauges {
  streams(): number;
  keysAgeSeconds(): number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createQueryMetrics(metrics: Metrics, gauges: QueryGauges): QueryMetrics {
  metrics.gaugeOf('fineprint_query_streams', 'Event streams that are open.', gauges.streams);
  metrics.gaugeOf(
    'fineprint_query_api_keys_age_seconds',
    'Since the API keys were read.',
    gauges.keysAgeSeconds,
  );
  return {
    requests: metrics.counter({
      name: 'fineprint_query_requests_total',
      help: 'Answers by route and status.',
      labelNames: ['route', 'status'],
    }),
    requestSeconds: metrics.histogram({
      name: 'fineprint_query_request_seconds',
      help: 'From a request to its answer; of a stream, to its end.',
      labelNames: ['route'],
      buckets: SECONDS,
    }),
    problems: metrics.counter({
      name: 'fineprint_query_problems_total',
      help: 'Requests refused or failed, by code.',
      labelNames: ['code'],
    }),
    cache: metrics.counter({
      name: 'fineprint_query_cache_total',
      help: 'Answers that were asked of ClickHouse (miss), known still to be right (hit), right until a moment ago (stale), or known to the client (not_modified).',
      labelNames: ['result'],
    }),
    segments: metrics.counter({
      name: 'fineprint_query_segments_total',
      help: 'Segments whose figures were counted again (renewed), or could not be (failed).',
      labelNames: ['result'],
    }),
    exportedRows: metrics.counter({
      name: 'fineprint_query_exported_rows_total',
      help: 'Rows of exports that were read to their end.',
      labelNames: ['format'],
    }),
    exportedBytes: metrics.counter({
      name: 'fineprint_query_exported_bytes_total',
      help: 'Bytes of exports that were read to their end.',
      labelNames: ['format'],
    }),
    clickhouseSeconds: metrics.histogram({
      name: 'fineprint_query_clickhouse_seconds',
      help: "From a query to ClickHouse's last row.",
      buckets: SECONDS,
    }),
  };
}
