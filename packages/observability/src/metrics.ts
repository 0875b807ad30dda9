import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** A service's Prometheus metrics: each carries the label `service`; process metrics are there from the start. */
export interface Metrics {
  readonly contentType: string;
  /** The exposition text. */
  text(): Promise<string>;
  counter<L extends string>(configuration: CounterConfiguration<L>): Counter<L>;
  gauge<L extends string>(configuration: GaugeConfiguration<L>): Gauge<L>;
  /** A gauge whose value is read when Prometheus asks. */
  gaugeOf(name: string, help: string, read: () => number): void;
  histogram<L extends string>(configuration: HistogramConfiguration<L>): Histogram<L>;
}

export function createMetrics(options: { readonly service: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter: (configuration) => new Counter({ ...configuration, registers }),
    gauge: (configuration) => new Gauge({ ...configuration, registers }),
    gaugeOf(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    histogram: (configuration) => new Histogram({ ...configuration, registers }),
  };
}
