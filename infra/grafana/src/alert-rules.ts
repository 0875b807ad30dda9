/** Somebody has to look: at once, or today. */
export type Severity = 'critical' | 'warning';

export interface AlertRule {
  readonly name: string;
  readonly expr: string;
  /** It must have been so for this long. */
  readonly for: string;
  readonly severity: Severity;
  /** What is wrong, with the labels of what it is about. */
  readonly summary: string;
  /** Where to look and what to do. */
  readonly action: string;
}

/** Of the pipeline itself. What the data says (drift, quality, revenue) is for `fineprint alerts`: docs/alerts.md. */
export const alertRules: readonly AlertRule[] = [
  {
    name: 'FinePrintInstanceDown',
    expr: 'up{job=~"fineprint.*"} == 0',
    for: '2m',
    severity: 'critical',
    summary: '{{ $labels.job }} on {{ $labels.instance }} does not answer',
    action:
      'Read its log and /ready. Nothing is lost: other instances take its partitions, and it goes on where it was.',
  },
  {
    name: 'FinePrintGatewayFails',
    expr: 'sum(rate(fineprint_gateway_requests_total{status=~"5.."}[5m])) / sum(rate(fineprint_gateway_requests_total[5m])) > 0.01',
    for: '5m',
    severity: 'critical',
    summary: '{{ $value | humanizePercentage }} of requests with events are answered 5xx',
    action:
      "The gateway's /ready names what is missing: Kafka, the registry, write keys, or room in the spool. Producers come again by themselves.",
  },
  {
    name: 'FinePrintGatewaySlow',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(fineprint_gateway_request_seconds_bucket[5m]))) > 1',
    for: '10m',
    severity: 'warning',
    summary: 'One request in a hundred takes {{ $value | humanizeDuration }}',
    action:
      'Where fineprint_gateway_ack_seconds is as high, it is Kafka; otherwise more gateways are needed.',
  },
  {
    name: 'FinePrintSpooling',
    expr: 'max by (instance) (fineprint_gateway_spooling) == 1',
    for: '2m',
    severity: 'critical',
    summary: 'Events wait on the disk of {{ $labels.instance }}',
    action:
      'Bring Kafka back. The spool drains by itself; fineprint_gateway_spool_bytes says how much room is left of SPOOL_MAX_BYTES.',
  },
  {
    name: 'FinePrintBehind',
    expr: 'max by (group) (fineprint_group_lag_seconds) > 60',
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.group }} is {{ $value | humanizeDuration }} behind',
    action: 'Is it growing: more instances, at most one per partition. Is its /ready false: that says why.',
  },
  {
    name: 'FinePrintStuck',
    expr: 'max by (group) (fineprint_group_lag_seconds) > 600',
    for: '5m',
    severity: 'critical',
    summary: '{{ $labels.group }} is {{ $value | humanizeDuration }} behind',
    action:
      'A stage that waits for a store says so in /ready and in fineprint_stream_retries_total; one that is stuck is restarted.',
  },
  {
    name: 'FinePrintDeadLetters',
    expr: 'sum by (service, reason) (increase(fineprint_stream_records_total{outcome="dead_lettered"}[15m])) > 0',
    for: '0m',
    severity: 'warning',
    summary: '{{ $labels.service }} refused records: {{ $labels.reason }}',
    action: 'fineprint dlq list, then dlq show; after the fix dlq replay. See docs/dead-letters.md.',
  },
  {
    name: 'FinePrintRetrying',
    expr: 'sum by (service, operation, code) (rate(fineprint_stream_retries_total[5m])) > 0',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.service }} tries {{ $labels.operation }} again and again: {{ $labels.code }}',
    action: 'The part it needs is away or refuses; the code says which.',
  },
  {
    name: 'FinePrintBooksGap',
    expr: 'max by (code, stage, topic) (fineprint_ledger_gap_records) > 0',
    for: '2m',
    severity: 'critical',
    summary:
      '{{ $value }} records of {{ $labels.topic }} do not add up at {{ $labels.stage }}: {{ $labels.code }}',
    action: 'fineprint audit names partition, offsets and events.',
  },
  {
    name: 'FinePrintBooksNotKept',
    expr: 'sum(increase(fineprint_reconciler_rounds_total{outcome="complete"}[30m])) == 0',
    for: '10m',
    severity: 'warning',
    summary: 'No round of the reconciler has compared everything for half an hour',
    action: "Read the reconciler's log; without it gaps are not noticed.",
  },
  {
    name: 'FinePrintWriteKeysOld',
    expr: 'max by (instance) (fineprint_gateway_write_keys_age_seconds) > 60',
    for: '1m',
    severity: 'warning',
    summary: 'Write keys on {{ $labels.instance }} are {{ $value | humanizeDuration }} old',
    action: 'Postgres does not answer. Revoked keys still work, and after WRITE_KEY_GRACE_SECONDS none does.',
  },
  {
    name: 'FinePrintReadsFail',
    expr: 'sum(rate(fineprint_query_requests_total{status=~"5.."}[5m])) / sum(rate(fineprint_query_requests_total[5m])) > 0.05',
    for: '5m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of reads are answered 5xx',
    action: "The query API's /ready names what is missing: ClickHouse or Postgres.",
  },
  {
    name: 'FinePrintJobsOverdue',
    expr: 'max(fineprint_jobs_overdue_seconds) > 900',
    for: '5m',
    severity: 'warning',
    summary: 'A job has been due for {{ $value | humanizeDuration }}',
    action:
      'fineprint jobs list shows which, and whether anybody has it; the job-runner and Redis have to be there.',
  },
  {
    name: 'FinePrintJobFailed',
    expr: 'sum by (job) (increase(fineprint_jobs_runs_total{outcome="failed"}[1h])) > 0',
    for: '0m',
    severity: 'warning',
    summary: '{{ $labels.job }} failed for the last time',
    action: 'fineprint jobs history shows the error; after the fix jobs run does it again.',
  },
  {
    name: 'FinePrintDestinationAway',
    expr: 'max by (service) (fineprint_destination_breaker) == 2',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.service }} has stopped asking its destination, which fails',
    action:
      'No other destination waits for it, and it is asked again by itself. Is the key still right, and the vendor well?',
  },
  {
    name: 'FinePrintAlertsUndelivered',
    expr: 'max(fineprint_alert_oldest_pending_seconds) > 900',
    for: '5m',
    severity: 'critical',
    summary: 'A message of an alert has been waiting for {{ $value | humanizeDuration }}',
    action: 'fineprint alerts deliveries shows the receiver and what it answered.',
  },
  {
    name: 'FinePrintProcessBlocked',
    expr: 'max by (service, instance) (nodejs_eventloop_lag_p99_seconds) > 0.5',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.service }} on {{ $labels.instance }} is too busy to answer',
    action: 'It needs more CPU, or more instances.',
  },
];
