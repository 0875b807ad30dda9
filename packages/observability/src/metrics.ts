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
  /** The same with labels: what is not read is not there. */
  gaugesOf<L extends string>(options: GaugesOptions<L>): void;
  histogram<L extends string>(configuration: HistogramConfiguration<L>): Histogram<L>;
}

export interface GaugesOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly read: () => readonly { readonly labels: Readonly<Record<L, string>>; readonly value: number }[];
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
    gaugesOf({ name, help, labelNames, read }) {
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const { labels, value } of read()) this.set({ ...labels }, value);
        },
      });
    },
    histogram: (configuration) => new Histogram({ ...configuration, registers }),
  };
}
