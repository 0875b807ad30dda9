import { type CodeList, httpCodes } from '@fineprint/http-kit';

/** Every code the query API answers with. Stable: clients switch on them. The README's table is checked against this. */
export const codes = {
  // The request
  ...httpCodes,
  not_acceptable: {
    status: 406,
    title: 'No such representation',
    advice: 'Accept application/json, or where /docs says so text/event-stream.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Content type or encoding not supported',
    advice: 'Send application/json in UTF-8, uncompressed.',
  },
  body_too_large: { status: 413, title: 'Body too large', advice: 'Send a smaller body.' },
  malformed_json: { status: 400, title: 'Not JSON', advice: 'Check the body; it must be one JSON value.' },
  invalid_body: {
    status: 422,
    title: 'Something in the body is not valid',
    advice: '`errors` names each place; see /docs.',
  },
  graphql_syntax: { status: 400, title: 'Not a GraphQL document', advice: 'Check the text of `query`.' },
  graphql_invalid: {
    status: 400,
    title: 'The document does not fit the schema',
    advice: 'See /schema.graphql for fields and arguments.',
  },
  graphql_too_large: {
    status: 400,
    title: 'The document asks for too much at once',
    advice: 'Ask in several requests; `errors` says which limit it was.',
  },
  conflict: { status: 409, title: 'Changed by somebody else', advice: 'Read it again, then send again.' },
  unknown_parameter: { status: 400, title: 'A parameter that this path does not have', advice: 'See /docs.' },
  repeated_parameter: { status: 400, title: 'A parameter given twice', advice: 'Send it once.' },
  missing_parameter: { status: 400, title: 'A required parameter is missing', advice: 'Send it.' },
  invalid_parameter: {
    status: 400,
    title: 'A parameter that cannot be read, or outside its bounds',
    advice: 'See /docs for types and bounds.',
  },
  invalid_time: {
    status: 400,
    title: 'A time that cannot be read',
    advice: 'Send ISO 8601 or epoch milliseconds.',
  },
  invalid_range: { status: 422, title: 'from is not before to', advice: 'Send from < to.' },
  range_too_large: {
    status: 422,
    title: 'The range is too large for its granularity',
    advice: 'Ask for a shorter range or a coarser granularity.',
  },
  query_too_large: {
    status: 422,
    title: 'The question takes too much memory or too many rows',
    advice: 'Ask for a shorter range or fewer groups.',
  },
  unknown_model: { status: 404, title: 'No such model or version', advice: 'See /api/v1/ai/models.' },
  no_requests: {
    status: 404,
    title: 'No request in this range',
    advice: 'Ask for a longer range.',
  },
  unknown_event: {
    status: 404,
    title: 'No such event',
    advice:
      'It may not have arrived yet (try again in a few seconds), or it expired, was erased, or never came.',
  },
  unknown_dataset: { status: 404, title: 'No such data set', advice: 'See the list at /api/v1/exports.' },
  unknown_report: { status: 404, title: 'No such report', advice: 'See the list at /api/v1/reports.' },
  unknown_funnel: {
    status: 404,
    title: 'No such funnel',
    advice: 'See the list at /api/v1/analytics/funnels.',
  },
  unknown_definition: {
    status: 404,
    title: 'No such funnel, cohort or segment',
    advice: 'See the list at /api/v1/analytics/funnels, cohorts or segments.',
  },
  unknown_alert_rule: { status: 404, title: 'No such alert rule', advice: 'See /api/v1/alerts/rules.' },
  unknown_receiver: { status: 404, title: 'No such receiver', advice: 'See /api/v1/alerts/receivers.' },
  unknown_silence: {
    status: 404,
    title: 'No such silence lasts',
    advice: 'See /api/v1/alerts/silences.',
  },
  no_history: {
    status: 422,
    title: 'The metric has no history that can be asked here',
    advice: 'Try rules on other metrics; this one by the command line, or as it is evaluated.',
  },
  too_many_definitions: {
    status: 409,
    title: 'As many definitions are in force as may be',
    advice: 'Remove one that is not used.',
  },
  unknown_experiment: {
    status: 404,
    title: 'No such experiment',
    advice: 'See /api/v1/ai/experiments.',
  },
  experiment_exists: {
    status: 409,
    title: 'Another experiment has this id',
    advice: 'Take another id; definitions do not change.',
  },
  experiment_status: {
    status: 409,
    title: 'Not in this status of the experiment',
    advice: 'A draft can be started, a running one stopped. To go on, make a new one with a new id.',
  },
  experiment_not_running: {
    status: 409,
    title: 'The experiment does not run',
    advice: 'Start it; or show the control, if it is stopped.',
  },
  experiment_not_started: {
    status: 409,
    title: 'The experiment has not started',
    advice: 'Start it; results count from then.',
  },
  too_many_experiments: {
    status: 409,
    title: 'Too many experiments run',
    advice: 'Stop one that is decided.',
  },
  unknown_key: { status: 404, title: 'No such key in use', advice: 'See /api/v1/keys.' },
  realtime_disabled: {
    status: 409,
    title: 'Real-time figures are switched off here',
    advice: 'Ask /api/v1/ai/performance-metrics, or have ENABLE_REALTIME_PROCESSING set to true.',
  },
  unknown_privacy_request: {
    status: 404,
    title: 'No such request of a person',
    advice: 'See /api/v1/privacy/requests.',
  },
  no_archive: {
    status: 404,
    title: 'No archive',
    advice: 'Only access requests have one, once they are done and until it expires; see the request.',
  },
  no_receipt: {
    status: 404,
    title: 'No receipt',
    advice: 'Only erasures have one, once they are done; see the request.',
  },
  privacy_not_configured: {
    status: 503,
    title: 'Requests of people are not taken here',
    advice:
      'Have the operator set PII_PSEUDONYM_KEY, the same as the scrubber has, and PRIVACY_ARCHIVE_DIR, the same as job-runner has.',
  },
  unknown_job: { status: 404, title: 'No such job', advice: 'See /api/v1/jobs.' },
  job_requested: {
    status: 409,
    title: 'A run of this job was asked for already',
    advice: 'Wait until it has begun; see /api/v1/job-runs.',
  },
  // Who asks
  missing_credentials: {
    status: 401,
    title: 'No API key',
    advice: 'Send `Authorization: Bearer <API key>` or `X-Api-Key`.',
  },
  ambiguous_credentials: {
    status: 401,
    title: 'More than one API key',
    advice: 'Send the API key once, in one place.',
  },
  invalid_credentials: {
    status: 401,
    title: 'API key not valid',
    advice: 'Check the API key; it may have been revoked.',
  },
  forbidden: { status: 403, title: "Not for this key's role", advice: 'Use a key of a role that may.' },
  too_many_failures: {
    status: 429,
    title: 'Too many failed attempts to log in',
    advice: 'Check the API key; wait for `Retry-After` seconds.',
  },
  rate_limited: { status: 429, title: 'Too many requests', advice: 'Wait for `Retry-After` seconds.' },
  too_many_exports: { status: 429, title: 'Too many exports run', advice: 'Wait for `Retry-After` seconds.' },
  too_many_streams: { status: 429, title: 'Too many streams open', advice: 'Close some, or ask for JSON.' },
  // We
  overloaded: { status: 503, title: 'Overloaded', advice: 'Send again after `Retry-After` seconds.' },
  clickhouse_unavailable: {
    status: 503,
    title: 'ClickHouse does not answer right now',
    advice: 'Send again after `Retry-After` seconds.',
  },
  kafka_unavailable: {
    status: 503,
    title: 'Kafka does not answer right now',
    advice: 'Send again after `Retry-After` seconds.',
  },
  postgres_unavailable: {
    status: 503,
    title: 'Postgres does not answer right now',
    advice: 'Send again after `Retry-After` seconds.',
  },
  audit_log_unavailable: {
    status: 503,
    title: 'The audit log cannot be written right now, so nothing was done',
    advice: 'Send again after `Retry-After` seconds.',
  },
  keys_unavailable: {
    status: 503,
    title: 'API keys cannot be checked right now',
    advice: 'Send again after `Retry-After` seconds.',
  },
  shutting_down: { status: 503, title: 'Shutting down', advice: 'Send again; another instance answers.' },
  query_timeout: {
    status: 504,
    title: 'The question took too long',
    advice: 'Ask for a shorter range or fewer groups.',
  },
  internal: { status: 500, title: 'Internal error', advice: 'Report the `instance` of this answer.' },
} as const satisfies CodeList;

export type Code = keyof typeof codes;
