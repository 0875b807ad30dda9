import type { SinkInput } from '@fineprint/stream-runtime';

/** The table that a topic is loaded into. */
export const tables = {
  'product.events.clean': 'product_events',
  'ai.requests.clean': 'ai_requests',
  'ai.feedback.clean': 'ai_feedback',
  'consent.clean': 'consent_updates',
  'ai.metrics': 'ai_metrics',
  'ai.drift': 'ai_drift',
  'quality.results': 'quality_results',
  alerts: 'alerts',
  'alerts.deliveries': 'alert_deliveries',
  'audit.anchors': 'audit_anchors',
  'funnel.progress': 'funnel_progress',
  'cohort.membership': 'cohort_membership',
  'identity.links': 'identity_links',
  'sinks.deliveries': 'deliveries',
  'pipeline.ledger': 'pipeline_ledger',
  'pipeline.notes': 'event_notes',
} as const satisfies Record<SinkInput<'warehouse-loader'>, string>;
