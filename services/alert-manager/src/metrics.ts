import type { Metrics } from '@fineprint/observability';

export type AlertMetrics = ReturnType<typeof createAlertMetrics>;

export function createAlertMetrics(metrics: Metrics) {
  return {
    slots: metrics.counter({
      name: 'fineprint_alert_slots_total',
      help: 'Slots by what became of them: finished, failed (tried again), lost (another instance has it), skipped.',
      labelNames: ['outcome'],
    }),
    slotSeconds: metrics.histogram({
      name: 'fineprint_alert_slot_seconds',
      help: 'From claiming a slot to the last acknowledgement.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    }),
    rules: metrics.counter({
      name: 'fineprint_alert_rules_total',
      help: 'Evaluations of rules: evaluated, unavailable (its data is not there), failed (see the progress of the rule).',
      labelNames: ['outcome'],
    }),
    alerts: metrics.counter({
      name: 'fineprint_alerts_total',
      help: 'Alerts that rules raised and resolved.',
      labelNames: ['state'],
    }),
    notices: metrics.counter({
      name: 'fineprint_alert_notices_total',
      help: 'Alert records by what receivers are to be told: told, repeat, nobody.',
      labelNames: ['outcome'],
    }),
    attempts: metrics.counter({
      name: 'fineprint_alert_attempts_total',
      help: 'Attempts to deliver a message: delivered, failed (tried again), given_up.',
      labelNames: ['channel', 'outcome'],
    }),
    silenced: metrics.counter({
      name: 'fineprint_alert_silenced_total',
      help: 'Alert records that a silence held back.',
    }),
    pending: metrics.gauge({
      name: 'fineprint_alert_messages_pending',
      help: 'Messages that are not delivered yet.',
    }),
    oldestSeconds: metrics.gauge({
      name: 'fineprint_alert_oldest_pending_seconds',
      help: 'Age of the oldest of them.',
    }),
  };
}
