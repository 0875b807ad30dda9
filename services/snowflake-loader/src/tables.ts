import type { SinkInput } from '@fineprint/stream-runtime';

/** How a topic's records are kept. */
export interface LoadedTable {
  readonly name: string;
  /** Null: every record is a row. Else one row per key, the one of the highest version. */
  readonly newest: { readonly key: readonly string[]; readonly version: string } | null;
}

const allOf = (name: string): LoadedTable => ({ name, newest: null });
const newestOf = (name: string, key: readonly string[], version: string): LoadedTable => ({
  name,
  newest: { key, version },
});

const METRIC_KEY = [
  'model_name',
  'model_version',
  'window_start',
  'provider',
  'experiment_id',
  'variant',
  '_partition',
  'segment',
];

/** The table that a topic is loaded into; the names are ClickHouse's. */
export const tables = {
  'product.events.clean': allOf('product_events'),
  'ai.requests.clean': allOf('ai_requests'),
  'ai.feedback.clean': allOf('ai_feedback'),
  'consent.clean': allOf('consent_updates'),
  'ai.metrics': newestOf('ai_metrics', METRIC_KEY, 'as_of_offset'),
  'ai.drift': newestOf('ai_drift', ['drift_id'], '_offset'),
  alerts: newestOf('alerts', ['alert_id'], '_offset'),
  'funnel.progress': newestOf('funnel_progress', ['funnel', 'person'], 'revision'),
  'cohort.membership': newestOf('cohort_membership', ['cohort', 'person'], 'revision'),
  'identity.links': newestOf('identity_links', ['anonymous_id'], 'revision'),
} as const satisfies Record<SinkInput<'snowflake-loader'>, LoadedTable>;
