import { PartitionMetrics } from '@fineprint/ai-metrics';
import { isNoPrice, type PriceBook, priceRequest, type RequestCost, type Unpriced } from '@fineprint/pricing';
import type { SnapshotStage } from '@fineprint/stream-runtime';

export interface AggregatorStageOptions {
  /** The price book in force, read at most so long ago. Rejects with a retriable error while there is none. */
  readonly priceBook: (maxAgeMs?: number) => Promise<PriceBook>;
  /** Told of a request whose cost is unknown. */
  readonly onUnpriced: (reason: Unpriced) => void;
  /** Told of a request whose series is beyond the limit. */
  readonly onOverflow: () => void;
  /** Told how many windows a partition holds in memory. */
  readonly onWindows: (partition: number, windows: number) => void;
}

/** Before a request stays without a price, a book of this age is asked: whoever imports prices and then sends has them. */
const UNPRICED_BOOK_AGE_MS = 100;

interface State {
  readonly partition: number;
  readonly metrics: PartitionMetrics;
}

export type AggregatorStage = SnapshotStage<
  'ai-aggregator',
  'ai.requests.clean',
  'ai.metrics',
  State,
  RequestCost
>;

/** Requests in, per-minute metrics out. Counting is in `@fineprint/ai-metrics`, what a request costs in `@fineprint/pricing`. */
export function createAggregatorStage(options: AggregatorStageOptions): AggregatorStage {
  return {
    node: 'ai-aggregator',
    input: 'ai.requests.clean',
    snapshots: 'ai.metrics',
    createState: (partition) => ({ partition, metrics: new PartitionMetrics() }),
    restore: ({ metrics }, snapshot) => metrics.restore(snapshot),
    async lookup(batch) {
      const price = (book: PriceBook) => batch.map(({ record }) => priceRequest(book, record));
      const costs = price(await options.priceBook());
      return costs.some(isNoPrice) ? price(await options.priceBook(UNPRICED_BOOK_AGE_MS)) : costs;
    },
    apply({ metrics }, { input, record }, { fact: cost }) {
      const counted = metrics.count(input.offset, record, cost.costNanoUsd);
      if (counted === 'already_counted') return { type: 'drop', reason: counted };
      if (counted === 'overflow') options.onOverflow();
      if (cost.reason !== null) options.onUnpriced(cost.reason);
      return 'applied';
    },
    takeSnapshots({ partition, metrics }, asOf) {
      options.onWindows(partition, metrics.size);
      return metrics.takeSnapshots(asOf);
    },
  };
}
