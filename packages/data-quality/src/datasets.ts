/** How a column's values are looked at. */
export type ColumnKind = 'text' | 'number' | 'time' | 'flag' | 'list';

/** What rules may be about. The names here are the only ones that ever become part of a question. */
export interface Dataset {
  readonly table: string;
  /** The table holds several rows of one thing until ClickHouse has merged them. */
  readonly isReplacing: boolean;
  /** Names a row for people; null where rows are no single events. */
  readonly idColumn: string | null;
  /** When it happened; a row's `received_at` says when it came. */
  readonly timeColumn: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
}

const happening = {
  event_time: 'time',
  received_at: 'time',
  user_id: 'text',
  anonymous_id: 'text',
  source: 'text',
  properties: 'text',
  context: 'text',
  event_id: 'text',
  flags: 'list',
} as const;

const event = { isReplacing: false, idColumn: 'event_id', timeColumn: 'event_time' } as const;

export const datasets = {
  product_events: {
    ...event,
    table: 'product_events',
    columns: {
      ...happening,
      kind: 'text',
      event_name: 'text',
      session_id: 'text',
      traits: 'text',
      page_url: 'text',
      page_title: 'text',
      page_referrer: 'text',
      funnel_name: 'text',
      step_name: 'text',
      step_order: 'number',
      conversion_type: 'text',
      conversion_value: 'number',
      currency: 'text',
      feature: 'text',
      engagement_action: 'text',
      engagement_duration_ms: 'number',
    },
  },
  ai_requests: {
    ...event,
    table: 'ai_requests',
    columns: {
      ...happening,
      model_name: 'text',
      model_version: 'text',
      provider: 'text',
      operation: 'text',
      session_id: 'text',
      input_tokens: 'number',
      output_tokens: 'number',
      cached_tokens: 'number',
      total_tokens: 'number',
      latency_ms: 'number',
      time_to_first_token_ms: 'number',
      success: 'flag',
      error_type: 'text',
      confidence_score: 'number',
      cost_estimate: 'number',
      service_tier: 'text',
      region: 'text',
      experiment_id: 'text',
      variant: 'text',
      feedback_score: 'number',
    },
  },
  ai_feedback: {
    ...event,
    table: 'ai_feedback',
    columns: {
      ...happening,
      request_id: 'text',
      score: 'number',
      label: 'text',
      session_id: 'text',
    },
  },
  consent_updates: {
    ...event,
    table: 'consent_updates',
    columns: {
      ...happening,
      categories: 'list',
      jurisdiction: 'text',
      method: 'text',
      policy_version: 'text',
      expires_at: 'time',
    },
  },
  ai_metrics: {
    table: 'ai_metrics',
    isReplacing: true,
    idColumn: null,
    timeColumn: 'window_start',
    columns: {
      window_start: 'time',
      received_at: 'time',
      model_name: 'text',
      model_version: 'text',
      requests: 'number',
      successes: 'number',
      total_tokens: 'number',
      invalid_values: 'number',
    },
  },
} as const satisfies Record<string, Dataset>;

export type DatasetName = keyof typeof datasets;
export const datasetNames = Object.keys(datasets) as DatasetName[];

export const kindOf = (dataset: DatasetName, column: string): ColumnKind | undefined => {
  const { columns }: Dataset = datasets[dataset];
  return Object.hasOwn(columns, column) ? columns[column] : undefined;
};
