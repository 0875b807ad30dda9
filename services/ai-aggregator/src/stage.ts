import { PartitionMetrics } from '@fineprint/ai-metrics';
import type { SnapshotStage } from '@fineprint/stream-runtime';

export interface AggregatorStageOptions {
  /** Told of a request whose series is beyond the limit. */
  readonly onOverflow: () => void;
  /** Told how many windows a partition holds in memory. */
  readonly onWindows: (partition: number, windows: number) => void;
}

interface State {
  readonly partition: number;
  readonly metrics: PartitionMetrics;
}

export type AggregatorStage = SnapshotStage<
  'ai-aggregator',
  'ai.requests.clean',
  'ai.metrics',
  State,
  undefined
>;

/** Requests in, per-minute metrics out. The counting is in `@fineprint/ai-metrics`. */
export function createAggregatorStage(options: AggregatorStageOptions): AggregatorStage {
  return {
    node: 'ai-aggregator',
    input: 'ai.requests.clean',
    snapshots: 'ai.metrics',
    createState: (partition) => ({ partition, metrics: new PartitionMetrics() }),
    restore: ({ metrics }, snapshot) => metrics.restore(snapshot),
    lookup: (batch) => Promise.resolve(batch.map(() => undefined)),
    apply({ metrics }, { input, record }) {
      const counted = metrics.count(input.offset, record);
      if (counted === 'already_counted') return { type: 'drop', reason: counted };
      if (counted === 'overflow') options.onOverflow();
      return 'applied';
    },
    takeSnapshots({ partition, metrics }, asOf) {
      options.onWindows(partition, metrics.size);
      return metrics.takeSnapshots(asOf);
    },
  };
}
