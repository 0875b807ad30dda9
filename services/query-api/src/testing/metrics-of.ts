import { PartitionMetrics } from '@fineprint/ai-metrics';
import type { AiMetric } from '@fineprint/schemas';
import { type AiRow, costNanoUsdOf } from './ai-rows.ts';

const NOT_SAID = {
  operation: null,
  user_id: null,
  anonymous_id: null,
  session_id: null,
  service_tier: null,
  region: null,
  experiment_id: null,
  eval_scores: {},
  source: 'test',
  properties: '{}',
  context: '{}',
  client_event_time: null,
  flags: [],
} as const;

/** What ai-aggregator makes of a partition's requests: a snapshot of each window that a call has changed. */
export function metricsOf(): (rows: readonly AiRow[], firstOffset: number) => AiMetric[] {
  const metrics = new PartitionMetrics();
  return (rows, firstOffset) => {
    for (const [i, row] of rows.entries())
      metrics.count(firstOffset + i, { ...NOT_SAID, ...row, flags: [] }, costNanoUsdOf(row));
    const offset = firstOffset + rows.length - 1;
    return metrics.takeSnapshots({ offset, sourceOffset: offset }).map(({ record }) => record);
  };
}
