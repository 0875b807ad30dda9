import type { Metrics } from '@fineprint/observability';
import type { FunnelStageOptions } from './stage.ts';

type Told = Pick<FunnelStageOptions, 'onRefused' | 'onState' | 'onHistory'>;

/** What the stage tells, as metrics; and the age of the definitions it goes by. */
export function createFunnelMetrics(metrics: Metrics, readAtMs: () => number, nowMs: () => number): Told {
  const refused = metrics.counter({
    name: 'fineprint_funnel_refused_states_total',
    help: 'States that found no room, because their partition was full (FUNNEL_STATE_MB).',
  });
  const labelNames = ['partition'] as const;
  const states = metrics.gauge({
    name: 'fineprint_funnel_states',
    help: 'States in memory: one per subject and funnel or cohort that concerns it, and per link.',
    labelNames,
  });
  const bytes = metrics.gauge({
    name: 'fineprint_funnel_state_bytes',
    help: 'What they take up.',
    labelNames,
  });
  const definitions = metrics.gauge({
    name: 'fineprint_funnel_definitions',
    help: 'Funnels and cohorts that are counted.',
    labelNames,
  });
  const records = metrics.counter({
    name: 'fineprint_funnel_history_records_total',
    help: 'Records read again for definitions that were new.',
    labelNames,
  });
  const seconds = metrics.counter({
    name: 'fineprint_funnel_history_seconds_total',
    help: 'Time in which partitions waited for that.',
    labelNames,
  });
  metrics.gauge({
    name: 'fineprint_definitions_age_seconds',
    help: 'Since the definitions were last read from Postgres.',
    collect() {
      this.set((nowMs() - readAtMs()) / 1_000);
    },
  });
  return {
    onRefused: (count) => refused.inc(count),
    onState(partition, held) {
      states.set({ partition }, held.states);
      bytes.set({ partition }, held.bytes);
      definitions.set({ partition }, held.definitions);
    },
    onHistory({ partition, records: count, durationMs }) {
      records.inc({ partition }, count);
      seconds.inc({ partition }, durationMs / 1_000);
    },
  };
}
