import type { Metrics } from '@fineprint/observability';
import type { ClusterWatch } from './cluster-watch.ts';

const labelNames = ['group', 'topic', 'partition'] as const;

/** How far the group is behind. Every instance tells of all partitions, so a sum over instances counts each several times. */
export function exposeLag(metrics: Metrics, group: string, watch: Pick<ClusterWatch, 'lags'>): void {
  const read = (of: 'records' | 'seconds') => () =>
    watch.lags().map((lag) => ({
      labels: { group, topic: lag.topic, partition: String(lag.partition) },
      value: lag[of],
    }));
  metrics.gaugesOf({
    name: 'fineprint_group_lag_records',
    help: "Records between the group's position and the partition's end. Every instance tells of all: max by (group, topic, partition).",
    labelNames,
    read: read('records'),
  });
  metrics.gaugesOf({
    name: 'fineprint_group_lag_seconds',
    help: 'How long the next of them has been waiting, as far as this instance has watched.',
    labelNames,
    read: read('seconds'),
  });
}
