import type { StageTotals } from '@fineprint/ledger';
import type { Metrics } from '@fineprint/observability';
import type { Gap } from './alerts.ts';
import type { AuditResult } from './audit/run-audit.ts';

export type ReconcilerMetrics = ReturnType<typeof createReconcilerMetrics>;

export function createReconcilerMetrics(metrics: Metrics) {
  const gaps = metrics.gauge({
    name: 'fineprint_ledger_gap_records',
    help: 'Records that are missing, double or not accounted for, as the last round here found them.',
    labelNames: ['code', 'stage', 'topic'],
  });
  const inFlight = metrics.gauge({
    name: 'fineprint_ledger_in_flight_records',
    help: 'Records that a stage has not accounted for yet.',
    labelNames: ['stage', 'topic'],
  });
  const unconfirmed = metrics.gauge({
    name: 'fineprint_ledger_unconfirmed_records',
    help: 'Records of the window that arrived and that no writer says Kafka confirmed: their producer got an error or a crash.',
    labelNames: ['stage', 'topic'],
  });
  return {
    rounds: metrics.counter({
      name: 'fineprint_reconciler_rounds_total',
      help: 'Rounds by what became of them: complete, partial (something was in flight for long), failed, lost (another instance has the lease).',
      labelNames: ['outcome'],
    }),
    roundSeconds: metrics.histogram({
      name: 'fineprint_reconciler_round_seconds',
      help: 'From the beginning of a round to the last acknowledgement.',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    }),
    alerts: metrics.counter({
      name: 'fineprint_reconciler_alerts_total',
      help: 'Alerts decided on: raised, changed, resolved.',
      labelNames: ['state'],
    }),
    ledgerLag: metrics.gauge({
      name: 'fineprint_ledger_lag_records',
      help: 'Ledger records that the loader had not passed when the last round here began.',
    }),
    show(result: AuditResult, found: readonly Gap[]) {
      gaps.reset();
      for (const { findings } of found) {
        for (const { code, stage, topic, records } of findings)
          gaps.inc({ code, stage, topic }, records ?? 1);
      }
      const showTotals = ({ stage, topic, inFlight: waiting, unconfirmed: open }: StageTotals) => {
        inFlight.set({ stage, topic }, waiting);
        unconfirmed.set({ stage, topic }, open);
      };
      result.totals.forEach(showTotals);
    },
    /** Another instance reconciles: what was found here says nothing any more. */
    clear() {
      gaps.reset();
      inFlight.reset();
      unconfirmed.reset();
    },
  };
}
