import { type Sensitivity, sensitivityOf } from '@fineprint/masking';

/** Where a name means something that may be shown, as `route.field`. */
const shown: ReadonlySet<string> = new Set([
  // Written by those who run the service, about alerts.
  'alerts.silences.list.comment',
  'alerts.silences.add.comment',
  // Scrubbed when it came, and for those alone who see people.
  'privacy.consent.history.proof',
  // A keyed hash already.
  'audit-log.list.subject',
]);

/** Texts of answers that name nobody, beside those of ClickHouse's columns. One in neither list fails a test, and is hidden. */
const open: ReadonlySet<string> = new Set(
  `about action actor allowed_origins arpu arr category churn_mrr classification code contraction_mrr created_by currencies
  datasets dead_letter definition detail filter gap group_state key_id stores writes
  description expansion_mrr from group group_by hint host job key last_error match matchers meaning message metric missed
  model mrr mrr_end mrr_start name named new_mrr object order parameter path payments period prev_hash problem
  reactivation_mrr receipt refunds requested_by result revenue salt schedule segment sha256 signature started_by step stop_reason stopped_by store
  table time to updated_by version where worker`.split(/\s+/),
);

/** What is to be done with a field of a path's answers; undefined where nobody has said it. */
export function fieldSensitivity(route: string, field: string): Sensitivity | 'open' | undefined {
  if (shown.has(`${route}.${field}`)) return 'open';
  return sensitivityOf('', field) ?? (open.has(field) ? 'open' : undefined);
}
