/**
 * What a column says of people:
 * - `id`: names somebody. Masked by a stand-in, the same for the same id, so that people can still be counted and joined.
 * - `person`: the same behind `u:` or `a:`, as persons are written.
 * - `words`: what somebody wrote. Nothing of it is shown.
 * - `json`: an object that may hold words, such as prompts. Numbers and yes or no are shown, all else is not.
 */
export type Sensitivity = 'id' | 'person' | 'words' | 'json';

/**
 * Columns and fields that are masked for whoever has no right to see people, by their names: in ClickHouse's tables and views, in
 * exports, in answers of the query API. One place for all of them.
 */
const sensitive: Readonly<Record<string, Sensitivity>> = {
  user_id: 'id',
  anonymous_id: 'id',
  session_id: 'id',
  subject: 'id',
  rater: 'id',
  alias: 'id',
  subscription_id: 'id',
  payment_id: 'id',
  person: 'person',
  merged_into: 'person',
  comment: 'words',
  identity_check: 'words',
  traits: 'json',
  properties: 'json',
};

/** Where a name means something that may be shown, as `table.column`: what products report of themselves, scrubbed. */
const shown: ReadonlySet<string> = new Set(
  [
    'product_events',
    'product_events_by_person',
    'analytics_events',
    'page_views',
    'funnel_events',
    'conversions',
    'engagements',
  ].map((table) => `${table}.properties`),
);

/** Texts of ClickHouse that name nobody, by their columns' names. A text column in neither list fails a test, and is not shown. */
const open: ReadonlySet<string> = new Set(
  `event_id id kind event_name source context flags page_url page_title page_referrer funnel_name step_name conversion_type
  currency feature engagement_action _topic model_name model_version provider operation error_type service_tier region
  experiment_id variant eval_scores request_id label categories jurisdiction method policy_version errors drift_id measure
  verdict level previous_level baseline_version settings result_id rule dataset severity status sample_event_ids details
  alert_id first_alert_id dedup_key state title labels evidence attempt_id delivery_id receiver channel outcome alert_ids
  error_code silence_id anchor_id hash funnel steps cohort destination reason topic entry_id stage instance role line_kinds
  line_targets target types paths dead_letter_id type plan span granularity scope run_id mode positions grain
  events_by_kind table table_name removal`.split(/\s+/),
);

/** What is to be done with a column or field; undefined where nobody has said it. */
export function sensitivityOf(table: string, column: string): Sensitivity | 'open' | undefined {
  if (shown.has(`${table}.${column}`)) return 'open';
  const found = Object.hasOwn(sensitive, column) ? sensitive[column] : undefined;
  return found ?? (open.has(column) ? 'open' : undefined);
}

/** Whether a column's type can hold what names or quotes somebody. */
export const canTell = (type: string): boolean => /String|UUID|JSON|IPv|Object|Dynamic|Variant/.test(type);

export const sensitiveNames: readonly string[] = Object.keys(sensitive);
