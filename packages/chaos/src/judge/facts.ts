import type { EventKind, SentEvent } from '../load/sent-event.ts';
import type { ComparedTable } from './store-figures.ts';

/** One AI metrics row that the views show, or that the sent events add up to. */
export interface MetricRow {
  readonly requests: number;
  readonly successes: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What another place than ClickHouse holds of the events of a kind: a table of a store, or a destination. */
export interface StoredCopy {
  /** Store and table, or the destination. */
  readonly table: string;
  readonly kind: EventKind;
  /** As often as it holds them. */
  readonly ids: readonly string[];
  /** What its loader refused by name, as its columns cannot hold it; of a destination, also what a rule leaves out. */
  readonly refused: ReadonlySet<string>;
}

/** What was sent, and what was found after the faults have ended. The judge needs nothing else. */
export interface Facts {
  readonly sent: ReadonlyMap<string, SentEvent>;
  readonly acknowledged: ReadonlySet<string>;
  /** The ids that each store table holds, as often as it holds them. */
  readonly stored: Readonly<Record<EventKind, readonly string[]>>;
  readonly copies: readonly StoredCopy[];
  readonly compared: readonly ComparedTable[];
  /** The ids of each clean topic, by partition in the order of its log, repeats of crashed writers left out. */
  readonly clean: Readonly<Record<EventKind, readonly (readonly string[])[]>>;
  /** The ids of events that lie in a dead letter, but for those of the copies' loaders. */
  readonly deadLettered: ReadonlySet<string>;
  readonly garbage: {
    readonly sent: ReadonlySet<string>;
    readonly deadLettered: ReadonlySet<string>;
  };
  /** By `<minute in epoch ms>|<model>|<version>`. */
  readonly metrics: ReadonlyMap<string, MetricRow>;
  /** Person → how many steps of the funnel. */
  readonly funnelLevels: ReadonlyMap<string, number>;
  /** Where planted personal data was found, and how often. */
  readonly personalData: ReadonlyMap<string, number>;
}
