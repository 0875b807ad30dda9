import type { Counter, Gauge, Metrics } from '@fineprint/observability';
import type { CurrentBook } from './prices/current-book.ts';

/** What the aggregator counts beside what every stage does. */
export interface AggregatorMetrics {
  readonly overflow: Counter<string>;
  readonly windows: Gauge<'partition'>;
  readonly unpriced: Counter<'reason'>;
}

export function createAggregatorMetrics(metrics: Metrics, book: CurrentBook): AggregatorMetrics {
  metrics.gauge({
    name: 'fineprint_ai_price_book_age_seconds',
    help: 'Since the price book was read; not there before the first time.',
    collect() {
      const ageMs = book.ageMs();
      if (ageMs !== null) this.set(ageMs / 1_000);
    },
  });
  metrics.gauge({
    name: 'fineprint_ai_price_book_prices',
    help: 'Prices in the book.',
    collect() {
      this.set(book.size());
    },
  });
  return {
    overflow: metrics.counter({
      name: 'fineprint_ai_overflow_requests_total',
      help: 'Requests counted under __overflow__, because a partition had too many series or a name was too long.',
    }),
    windows: metrics.gauge({
      name: 'fineprint_ai_windows',
      help: 'Windows in memory, by partition of ai.requests.clean.',
      labelNames: ['partition'],
    }),
    unpriced: metrics.counter({
      name: 'fineprint_ai_unpriced_requests_total',
      help: 'Requests whose cost is unknown, by reason.',
      labelNames: ['reason'],
    }),
  };
}
