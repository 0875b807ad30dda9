/** What a rule can watch. The one place where a metric is named. */
export interface MetricDefinition {
  /** The alert's kind, which receivers choose by. */
  readonly kind: AlertKind;
  readonly title: string;
  readonly unit: string;
  /** What tells one series from another; a rule may choose by them. */
  readonly labels: readonly string[];
  /** `count`: nothing came is 0. `figure`: nothing came is not known. */
  readonly absent: 'zero' | 'unknown';
  /** A share of bad ones, of which a burn rate can be told. */
  readonly isShare: boolean;
  /** Where its values lie: in ClickHouse by time; worked out from it; or in Kafka, which tells only of now. */
  readonly source: 'clickhouse' | 'model' | 'kafka';
  readonly defaults: {
    readonly windowMinutes: number;
    readonly everyMinutes: number;
    readonly minimumSamples: number;
  };
}

export const ALERT_KINDS = [
  'model_performance',
  'data_quality',
  'usage_anomaly',
  'revenue',
  'churn_risk',
  'lag',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

const ofModels = {
  kind: 'model_performance',
  labels: ['model', 'version'],
  absent: 'unknown',
  isShare: false,
  source: 'clickhouse',
  defaults: { windowMinutes: 5, everyMinutes: 1, minimumSamples: 50 },
} as const;

const ofUsage = {
  kind: 'usage_anomaly',
  absent: 'zero',
  isShare: false,
  source: 'clickhouse',
  defaults: { windowMinutes: 60, everyMinutes: 5, minimumSamples: 0 },
} as const;

const ofMoney = {
  kind: 'revenue',
  unit: 'of the currency',
  labels: ['currency'],
  isShare: false,
  source: 'clickhouse',
  defaults: { windowMinutes: 1_440, everyMinutes: 60, minimumSamples: 0 },
} as const;

export const metrics = {
  'ai.error_rate': { ...ofModels, title: 'share of failed requests', unit: 'share', isShare: true },
  'ai.latency_p95_ms': { ...ofModels, title: '95th percentile of latency', unit: 'ms' },
  'ai.cost_usd_per_hour': {
    ...ofModels,
    title: 'cost per hour',
    unit: 'USD per hour',
    defaults: { ...ofModels.defaults, windowMinutes: 60, minimumSamples: 1 },
  },
  'ai.requests': { ...ofUsage, title: 'requests', unit: 'requests', labels: ['model', 'version'] },
  'product.events': { ...ofUsage, title: 'events', unit: 'events', labels: ['event'] },
  'quality.failed_checks': {
    kind: 'data_quality',
    title: 'failed data quality checks',
    unit: 'checks',
    labels: ['dataset', 'severity'],
    absent: 'unknown',
    isShare: false,
    source: 'clickhouse',
    defaults: { windowMinutes: 720, everyMinutes: 5, minimumSamples: 0 },
  },
  'revenue.payments': { ...ofMoney, title: 'payments less refunds', absent: 'zero' },
  'revenue.mrr': { ...ofMoney, title: 'monthly recurring revenue', absent: 'unknown' },
  'revenue.churned_mrr': { ...ofMoney, title: 'recurring revenue lost', absent: 'zero' },
  'churn.expected_rate': {
    kind: 'churn_risk',
    title: 'expected share of users who will not come back within 30 days',
    unit: 'share',
    labels: [],
    absent: 'unknown',
    isShare: false,
    source: 'model',
    defaults: { windowMinutes: 1_440, everyMinutes: 60, minimumSamples: 100 },
  },
  'pipeline.consumer_lag': {
    kind: 'lag',
    title: 'records that wait',
    unit: 'records',
    labels: ['group', 'topic'],
    absent: 'unknown',
    isShare: false,
    source: 'kafka',
    defaults: { windowMinutes: 1, everyMinutes: 1, minimumSamples: 0 },
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;
export const METRIC_NAMES = Object.keys(metrics) as readonly MetricName[];
export const metricOf = (name: MetricName): MetricDefinition => metrics[name];
