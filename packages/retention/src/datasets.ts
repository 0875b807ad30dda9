/** What is kept for a time and then removed: one name for the same rows in every store. */
export interface Dataset {
  readonly about: string;
  /** A table of ClickHouse; its time is `received_at`. */
  readonly clickhouse: string | null;
  /** A table of Postgres, and when its rows came, as SQL. */
  readonly postgres: { readonly table: string; readonly isBefore: (moment: string) => string } | null;
  /** A table of Snowflake; its time is `received_at`. */
  readonly snowflake: string | null;
}

const loaded = (name: string, about: string): Dataset => ({
  about,
  clickhouse: name,
  postgres: null,
  snowflake: name,
});
const inClickHouse = (name: string, about: string): Dataset => ({ ...loaded(name, about), snowflake: null });

/** Rows that were inserted by hand have no time of receipt. Written so that an index of either column can be used. */
const received = (table: string, happened: string) => ({
  table,
  isBefore: (moment: string) =>
    `(received_at < ${moment} OR (received_at IS NULL AND ${happened} < ${moment}))`,
});

/**
 * Every data set whose rows expire. Not here: current states (funnel progress, cohorts, links between ids), and counts and figures
 * of whole windows, which name nobody.
 */
export const datasets = {
  product_events: {
    ...loaded('product_events', 'what people did'),
    postgres: received('analytics_events', 'created_at'),
  },
  ai_requests: {
    ...loaded('ai_requests', 'requests to AI models'),
    postgres: received('ai_model_requests', 'timestamp'),
  },
  ai_feedback: loaded('ai_feedback', 'what people and evaluations say of AI requests'),
  consent_updates: loaded('consent_updates', 'what people agreed to'),
  ai_metrics: loaded('ai_metrics', 'AI models by minute'),
  ai_drift: loaded('ai_drift', 'evaluations of models against their baselines'),
  alerts: loaded('alerts', 'what stood out'),
  alert_deliveries: inClickHouse('alert_deliveries', 'who was told of alerts'),
  quality_results: inClickHouse('quality_results', 'results of data quality rules'),
  deliveries: inClickHouse('deliveries', 'receipts of destinations'),
  pipeline_ledger: inClickHouse('pipeline_ledger', 'the books of the pipeline'),
  event_notes: inClickHouse('event_notes', 'what happened to single events'),
  funnel_steps: {
    about: 'steps of funnels that people reached',
    clickhouse: null,
    postgres: { table: 'funnel_steps', isBefore: (moment) => `created_at < ${moment}` },
    snowflake: null,
  },
} as const satisfies Readonly<Record<string, Dataset>>;

export type DatasetName = keyof typeof datasets;

export const datasetNames = Object.keys(datasets) as readonly DatasetName[];
export const isDataset = (name: string): name is DatasetName => Object.hasOwn(datasets, name);
