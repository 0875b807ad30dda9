/** What can be exported: tables and views by their names, and the columns that a filter is about. */
export interface Dataset {
  readonly name: string;
  readonly about: string;
  /** Filtered by `from` and `to`; null where rows have no time. */
  readonly time: string | null;
  /** Filtered by `name`; null where rows have no name. */
  readonly named: string | null;
}

const dataset = (name: string, time: string | null, named: string | null, about: string): Dataset => ({
  name,
  about,
  time,
  named,
});

/** A closed list: nothing else can be named. */
export const datasets: readonly Dataset[] = [
  dataset('product_events', 'event_time', 'event_name', 'What people did, each event once.'),
  dataset('product_events_by_person', 'event_time', 'event_name', 'The same, with the person it counts for.'),
  dataset('conversions', 'event_time', 'conversion_type', 'Conversions with their amounts.'),
  dataset('ai_requests', 'event_time', 'model_name', 'Requests to AI models.'),
  dataset('ai_metrics_minute', 'window_start', 'model_name', 'AI models by minute.'),
  dataset('ai_metrics_hour', 'window_start', 'model_name', 'AI models by hour.'),
  dataset('ai_metrics_day', 'window_start', 'model_name', 'AI models by day.'),
  dataset('ai_feedback', 'event_time', null, 'What people and evaluations say of AI requests.'),
  dataset('ai_drift', 'slot', 'model_name', 'Evaluations of models against their baselines.'),
  dataset('alerts', 'raised_at', 'kind', 'What stood out.'),
  dataset('funnel_people', 'updated_at', 'funnel', 'Each person in each funnel, as of now.'),
  dataset('cohort_members', 'updated_at', 'cohort', 'Who is in each cohort, as of now.'),
  dataset('identities', 'identified_at', null, 'Whose each anonymous id is.'),
  dataset(
    'activity_quarter_hours',
    'window_start',
    null,
    'Events, people and AI requests by quarter of an hour.',
  ),
  dataset('activity_days', 'window_start', null, 'The same by day.'),
  dataset('business_revenue', 'period_start', 'currency', 'MRR, its moves, payments, by hour and day.'),
  dataset('business_plans', 'period_start', 'plan', 'MRR and subscriptions of plans.'),
  dataset('business_growth', 'period_start', 'granularity', 'Sign-ups, activation, active people.'),
  dataset('business_usage', 'period_start', 'feature', 'Events, people and features, by plan.'),
];

export const datasetOf = (name: string): Dataset | undefined => datasets.find((d) => d.name === name);
