import type { MetricName } from './metrics.ts';

/** How a metric is read from ClickHouse: within the windows of a question, per series and period. */
export interface MetricSql {
  readonly table: string;
  /** Epoch milliseconds of a row. */
  readonly timeMs: string;
  /** The column that holds it, so that parts without rows of the windows are skipped. */
  readonly timeColumn: string;
  /** In the order of the metric's labels. */
  readonly labels: readonly string[];
  readonly filter?: string;
  /** Aggregates: Nullable(Float64), and Float64. `{hours}` stands for the window's length. */
  readonly value: string;
  readonly samples: string;
  /** Rows are made later than what they tell of; then the windows end where the rows do. In milliseconds. */
  readonly endsAt?: string;
}

const ofModels = {
  table: 'fineprint.ai_metrics FINAL',
  timeMs: 'toUnixTimestamp64Milli(window_start)',
  timeColumn: 'window_start',
  labels: ['model_name', 'model_version'],
  samples: 'sum(requests)',
} as const;

const HOUR_MS = 3_600_000;

/** Hours that were worked out; one counts by its end. */
const ofMoney = {
  table: 'fineprint.business_revenue',
  timeMs: 'toInt64(toUnixTimestamp(period_start)) * 1000',
  timeColumn: 'period_start',
  labels: ['currency'],
  filter: "granularity = 'hour' AND currency != ''",
  samples: 'count()',
  endsAt: `(SELECT max(toInt64(toUnixTimestamp(period_start)) * 1000) + ${HOUR_MS} FROM fineprint.business_revenue WHERE granularity = 'hour')`,
} as const;

/** Bins of latencies as the aggregator makes them: bin b > 0 stands for 2 * 1.02^(b - 2000) / 2.02. */
const LATENCY_BINS = 'sumMap(latency_ms_bins, latency_ms_bin_counts)';
const P95_BIN = `arrayElement(${LATENCY_BINS}.1, arrayFirstIndex(seen -> seen >= 0.95 * arraySum(${LATENCY_BINS}.2), arrayCumSum(${LATENCY_BINS}.2)))`;

export const metricSql: Readonly<Partial<Record<MetricName, MetricSql>>> = {
  'ai.error_rate': { ...ofModels, value: 'if(sum(requests) = 0, NULL, 1 - sum(successes) / sum(requests))' },
  'ai.latency_p95_ms': {
    ...ofModels,
    value: `if(sum(latency_ms_count) = 0, NULL, if(${P95_BIN} = 0, 0, 2 * pow(1.02, ${P95_BIN} - 2000) / 2.02))`,
    samples: 'sum(latency_ms_count)',
  },
  'ai.cost_usd_per_hour': {
    ...ofModels,
    // By the price book; where a model has no price, as its producer estimated.
    value: 'sum(if(priced_requests > 0, cost_nano_usd / 1e9, cost_estimate_usd)) / {hours:Float64}',
    samples: 'sum(priced_requests > 0 ? priced_requests : estimated_requests)',
  },
  'ai.requests': { ...ofModels, value: 'toFloat64(sum(requests))' },
  'product.events': {
    table: 'fineprint.product_events',
    timeMs: 'toUnixTimestamp64Milli(event_time)',
    timeColumn: 'event_time',
    labels: ['event_name'],
    value: 'toFloat64(count())',
    samples: 'count()',
  },
  'quality.failed_checks': {
    table: 'fineprint.quality_checks',
    timeMs: 'toUnixTimestamp64Milli(slot)',
    timeColumn: 'slot',
    labels: ['dataset', 'severity'],
    value: "toFloat64(uniqExactIf(rule, status = 'fail'))",
    samples: 'uniqExact(rule)',
  },
  'revenue.payments': { ...ofMoney, value: 'toFloat64(sum(revenue))' },
  'revenue.mrr': { ...ofMoney, value: 'toFloat64(argMax(mrr_end, period_start))' },
  'revenue.churned_mrr': { ...ofMoney, value: 'toFloat64(sum(churn_mrr))' },
};
