/** A line of a panel. */
export interface PanelQuery {
  readonly expr: string;
  /** What the line is called, by its labels. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What to read from it. */
  readonly description: string;
  /** As Grafana names units. */
  readonly unit: 'short' | 's' | 'bytes' | 'reqps' | 'cps' | 'percentunit';
  readonly queries: readonly PanelQuery[];
}

export interface PanelRow {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const rate = (metric: string, by: string, where = '') => `sum by (${by}) (rate(${metric}${where}[5m]))`;
const quantile = (q: number, histogram: string, by = '') =>
  `histogram_quantile(${q}, sum by (${by === '' ? '' : `${by}, `}le) (rate(${histogram}_bucket[5m])))`;
/** Every instance of a group tells of all its partitions. */
const ofGroup = (metric: string, sum: 'sum' | 'max') =>
  `${sum} by (group) (max by (group, topic, partition) (${metric}))`;

const gateway: PanelRow = {
  title: 'Taking events',
  panels: [
    {
      title: 'Events accepted',
      description: 'Confirmed by Kafka, or in the spool.',
      unit: 'cps',
      queries: [{ expr: rate('fineprint_gateway_events_accepted_total', 'route'), legend: '{{route}}' }],
    },
    {
      title: 'Answers',
      description: '202 is what should be there; 429 and 503 tell producers to come again.',
      unit: 'reqps',
      queries: [{ expr: rate('fineprint_gateway_requests_total', 'status'), legend: '{{status}}' }],
    },
    {
      title: 'Time to answer',
      description: 'From a request to its answer, and of that the wait for Kafka.',
      unit: 's',
      queries: [
        { expr: quantile(0.5, 'fineprint_gateway_request_seconds'), legend: 'answer p50' },
        { expr: quantile(0.99, 'fineprint_gateway_request_seconds'), legend: 'answer p99' },
        { expr: quantile(0.99, 'fineprint_gateway_ack_seconds'), legend: 'Kafka p99' },
      ],
    },
    {
      title: 'Refused, by code',
      description: 'Events that went to the dead letter, and requests that were refused.',
      unit: 'cps',
      queries: [{ expr: rate('fineprint_gateway_events_rejected_total', 'code'), legend: '{{code}}' }],
    },
    {
      title: 'Waiting for Kafka',
      description: 'In memory for milliseconds; on disk while Kafka is away.',
      unit: 'bytes',
      queries: [
        { expr: 'sum(fineprint_gateway_queued_bytes)', legend: 'in memory' },
        { expr: 'sum(fineprint_gateway_spool_bytes)', legend: 'in the spool' },
      ],
    },
  ],
};

const stages: PanelRow = {
  title: 'Stages',
  panels: [
    {
      title: 'Lag in seconds',
      description: 'How long the next record of a group has been waiting, in its worst partition.',
      unit: 's',
      queries: [{ expr: ofGroup('fineprint_group_lag_seconds', 'max'), legend: '{{group}}' }],
    },
    {
      title: 'Lag in records',
      description: 'Between the position of a group and the ends of its topics.',
      unit: 'short',
      queries: [{ expr: ofGroup('fineprint_group_lag_records', 'sum'), legend: '{{group}}' }],
    },
    {
      title: 'Records by what became of them',
      description: 'Each record ends in exactly one of these.',
      unit: 'cps',
      queries: [
        {
          expr: rate('fineprint_stream_records_total', 'service, outcome'),
          legend: '{{service}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Dead letters',
      description: 'Kept with their bytes and this reason; `fineprint dlq` shows and replays them.',
      unit: 'cps',
      queries: [
        {
          expr: rate('fineprint_stream_records_total', 'service, reason', '{outcome="dead_lettered"}'),
          legend: '{{service}} {{reason}}',
        },
      ],
    },
    {
      title: 'Tried again',
      description: 'Something a stage needs did not answer; its partition waits meanwhile.',
      unit: 'cps',
      queries: [
        {
          expr: rate('fineprint_stream_retries_total', 'service, operation, code'),
          legend: '{{service}} {{operation}} {{code}}',
        },
      ],
    },
    {
      title: 'Time of a batch, p99',
      description: 'From taking a batch to its last acknowledgement.',
      unit: 's',
      queries: [{ expr: quantile(0.99, 'fineprint_stream_batch_seconds', 'service'), legend: '{{service}}' }],
    },
    {
      title: 'Partitions in work',
      description: 'All instances of a stage together have all partitions of its topics.',
      unit: 'short',
      queries: [{ expr: 'sum by (service) (fineprint_stream_assigned_partitions)', legend: '{{service}}' }],
    },
    {
      title: 'Personal data found',
      description: 'What the scrubber took out, by kind.',
      unit: 'cps',
      queries: [{ expr: rate('fineprint_pii_findings_total', 'type'), legend: '{{type}}' }],
    },
  ],
};

const books: PanelRow = {
  title: 'Books',
  panels: [
    {
      title: 'Gaps',
      description: 'Records missing, double or not accounted for. Anything but 0 is an alarm.',
      unit: 'short',
      queries: [
        {
          expr: 'max by (code, stage, topic) (fineprint_ledger_gap_records)',
          legend: '{{code}} {{stage}} {{topic}}',
        },
      ],
    },
    {
      title: 'In flight',
      description: 'Records that a stage has not accounted for yet.',
      unit: 'short',
      queries: [
        { expr: 'max by (stage) (fineprint_ledger_in_flight_records)', legend: '{{stage}}' },
        { expr: 'max(fineprint_ledger_lag_records)', legend: 'ledger records not loaded' },
      ],
    },
    {
      title: 'Rounds of the reconciler',
      description: 'Complete ones have compared everything.',
      unit: 'cps',
      queries: [{ expr: rate('fineprint_reconciler_rounds_total', 'outcome'), legend: '{{outcome}}' }],
    },
  ],
};

const reads: PanelRow = {
  title: 'Reads, destinations, work by the clock',
  panels: [
    {
      title: 'Reads',
      description: 'Answers of the query API by status.',
      unit: 'reqps',
      queries: [{ expr: rate('fineprint_query_requests_total', 'status'), legend: '{{status}}' }],
    },
    {
      title: 'Time to read, p99',
      description: 'From a question to its answer, and of that ClickHouse.',
      unit: 's',
      queries: [
        { expr: quantile(0.99, 'fineprint_query_request_seconds'), legend: 'answer' },
        { expr: quantile(0.99, 'fineprint_query_clickhouse_seconds'), legend: 'ClickHouse' },
      ],
    },
    {
      title: 'Destinations',
      description: 'What requests to destinations were answered with.',
      unit: 'reqps',
      queries: [
        {
          expr: rate('fineprint_destination_requests_total', 'service, condition'),
          legend: '{{service}} {{condition}}',
        },
      ],
    },
    {
      title: 'Jobs',
      description: 'Runs by what became of them.',
      unit: 'cps',
      queries: [{ expr: rate('fineprint_jobs_runs_total', 'job, outcome'), legend: '{{job}} {{outcome}}' }],
    },
    {
      title: 'Waiting work',
      description:
        'How long the oldest job that is due, and the oldest message of an alert, have been waiting.',
      unit: 's',
      queries: [
        { expr: 'max(fineprint_jobs_overdue_seconds)', legend: 'job' },
        { expr: 'max(fineprint_alert_oldest_pending_seconds)', legend: 'message' },
      ],
    },
  ],
};

const processes: PanelRow = {
  title: 'Processes',
  panels: [
    {
      title: 'CPU',
      description: 'Cores in use.',
      unit: 'short',
      queries: [{ expr: rate('process_cpu_seconds_total', 'service'), legend: '{{service}}' }],
    },
    {
      title: 'Memory',
      description: 'Of the largest instance.',
      unit: 'bytes',
      queries: [{ expr: 'max by (service) (process_resident_memory_bytes)', legend: '{{service}}' }],
    },
    {
      title: 'Event loop, p99',
      description: 'How long a process did not come to answer anything.',
      unit: 's',
      queries: [{ expr: 'max by (service) (nodejs_eventloop_lag_p99_seconds)', legend: '{{service}}' }],
    },
  ],
};

/** What the dashboard shows, from where events come in to where they end. */
export const panelRows: readonly PanelRow[] = [gateway, stages, books, reads, processes];
