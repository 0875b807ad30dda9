import type { Metrics } from '@fineprint/observability';

export type DriftMetrics = ReturnType<typeof createDriftMetrics>;

export function createDriftMetrics(metrics: Metrics) {
  return {
    slots: metrics.counter({
      name: 'fineprint_drift_slots_total',
      help: 'Slots by what became of them: finished, failed (tried again), lost (another instance has it), skipped.',
      labelNames: ['outcome'],
    }),
    takenOver: metrics.counter({
      name: 'fineprint_drift_slots_taken_over_total',
      help: 'Slots that another instance began and did not finish.',
    }),
    slotSeconds: metrics.histogram({
      name: 'fineprint_drift_slot_seconds',
      help: 'From claiming a slot to the last acknowledgement.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    }),
    series: metrics.gauge({
      name: 'fineprint_drift_series',
      help: 'Model versions of the last slot evaluated here.',
    }),
    isCut: metrics.gauge({
      name: 'fineprint_drift_series_cut',
      help: '1 where the last slot evaluated here had more model versions than DRIFT_MAX_SERIES.',
    }),
    evaluations: metrics.counter({
      name: 'fineprint_drift_evaluations_total',
      help: 'Evaluations by measure and verdict.',
      labelNames: ['measure', 'verdict'],
    }),
    repeats: metrics.counter({
      name: 'fineprint_drift_repeats_total',
      help: 'Evaluations that were not counted, because their slot or a later one had been.',
    }),
    changes: metrics.counter({
      name: 'fineprint_drift_changes_total',
      help: 'Changes of level, by the new one. Each is an alert.',
      labelNames: ['level'],
    }),
    published: metrics.counter({
      name: 'fineprint_drift_published_total',
      help: 'Records that Kafka has acknowledged, repeats after a crash included.',
    }),
  };
}
